using System.Net;
using System.Text.Json;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Api;

/// <summary>Probes and metrics of API and worker processes.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    RiqCluster _riq = null!;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        await _riq.StartApi();
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    async Task<(HttpStatusCode Code, string Status, string Postgres, string RabbitMq)> Ready()
    {
        using var answer = await _riq.Api.Get("/health/ready");
        var json = await RiqApi.Json(answer);
        var components = json.GetProperty("components");
        return (answer.StatusCode, json.Text("status")!, components.Text("postgres")!, components.Text("rabbitmq")!);
    }

    async Task AssertAlive()
    {
        using var answer = await _riq.Api.Get("/health/live");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("healthy", (await RiqApi.Json(answer)).Text("status"));
    }

    [Fact]
    public async Task RabbitMQ_being_away_degrades_and_no_more()
    {
        await Eventually.True(async () => await Ready() == (HttpStatusCode.OK, "healthy", "up", "up"));
        _riq.RabbitMq.Cut();
        await Eventually.True(async () => await Ready() == (HttpStatusCode.OK, "degraded", "up", "down"));
        await AssertAlive();
        _riq.RabbitMq.Restore();
        await Eventually.True(async () => await Ready() == (HttpStatusCode.OK, "healthy", "up", "up"));
    }

    [Fact]
    public async Task Without_Postgres_the_process_lives_and_is_not_ready()
    {
        _riq.Postgres.Cut();
        await Eventually.True(async () => await Ready() is (HttpStatusCode.ServiceUnavailable, "unhealthy", "down", _));
        await AssertAlive();
        _riq.Postgres.Restore();
        await Eventually.True(async () => await Ready() is (HttpStatusCode.OK, _, "up", _));
    }

    [Fact]
    public async Task A_silent_Postgres_is_reported_within_the_time_of_a_probe()
    {
        await Ready();
        _riq.Postgres.Freeze();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal("unhealthy", (await Ready()).Status);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"Answered after {watch.Elapsed}.");
        await AssertAlive();
        _riq.Postgres.Thaw();
        await Eventually.True(async () => (await Ready()).Postgres == "up");
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        await _riq.StartWorker();
        await _riq.Api.End(await _riq.Api.Submit());
        var lines = await Eventually.Value(Metrics, all => all.Any(l => l.StartsWith("riq_queue_depth{", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.StartsWith("riq_requests_total{service=\"fake\",operation=\"fake.write\",status=\"completed\"} ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("riq_request_latency_seconds_bucket{", StringComparison.Ordinal));

        var typed = lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]).ToHashSet();
        foreach (var line in lines.Where(l => l.Length > 0))
        {
            Assert.Matches("""^(# (HELP|TYPE) [a-z_:][a-z0-9_:]* .+|[a-z_:][a-z0-9_:]*(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? (-?[0-9.e+-]+|NaN|[+-]Inf))$""", line);
            if (line[0] != '#') Assert.Contains(typed, name => line.StartsWith(name, StringComparison.Ordinal));
        }
    }

    async Task<string[]> Metrics()
    {
        using var answer = await _riq.Api.Get("/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        return (await answer.Content.ReadAsStringAsync()).Split('\n');
    }
}
