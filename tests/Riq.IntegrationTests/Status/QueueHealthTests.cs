using System.Net;
using System.Text.Json;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Gate;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Status;

/// <summary>What operators are told of RIQ as a whole.</summary>
public sealed class QueueHealthTests : IAsyncLifetime
{
    RiqCluster _riq = null!;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create(new FakeService("a"), new FakeService("b"));
        await _riq.StartApi();
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    async Task<(HttpStatusCode Code, JsonElement Json)> Health()
    {
        using var answer = await _riq.Api.Get("/api/queue/health");
        return (answer.StatusCode, await RiqApi.Json(answer));
    }

    static string Component(JsonElement health, string name) => health.GetProperty("components").GetProperty(name).Text("status")!;

    [Fact]
    public async Task A_service_that_is_not_called_degrades_and_says_why()
    {
        var (_, healthy) = await Eventually.Value(Health, h => h.Json.Text("status") == "healthy");
        Assert.Equal(("up", "up", "up", "up"), (Component(healthy, "postgres"), Component(healthy, "rabbitmq"), Component(healthy, "a"), Component(healthy, "b")));
        Assert.Equal("closed", healthy.GetProperty("circuit_breakers").Text("a"));

        await _riq.Post("circuit", new { state = "open" }, "a");
        await _riq.Post("pause", new { reason = "maintenance" }, "b");
        var (code, health) = await Health();
        Assert.Equal((HttpStatusCode.OK, "degraded"), (code, health.Text("status")));
        Assert.Equal(("circuit", "paused"), (Component(health, "a"), Component(health, "b")));
        Assert.Contains("maintenance", health.GetProperty("components").GetProperty("b").Text("message"), StringComparison.Ordinal);
        Assert.Equal(("open", "closed"), (health.GetProperty("circuit_breakers").Text("a"), health.GetProperty("circuit_breakers").Text("b")));
        using var ready = await _riq.Api.Get("/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task RabbitMQ_being_away_degrades_and_Postgres_being_away_is_unhealthy()
    {
        _riq.RabbitMq.Cut();
        await Eventually.Value(Health, h => h.Code == HttpStatusCode.OK && h.Json.Text("status") == "degraded" && Component(h.Json, "rabbitmq") == "down");
        _riq.Postgres.Cut();
        await Eventually.Value(Health, h => h.Code == HttpStatusCode.ServiceUnavailable && h.Json.Text("status") == "unhealthy" && Component(h.Json, "postgres") == "down");
        _riq.Postgres.Restore();
        _riq.RabbitMq.Restore();
        await Eventually.Value(Health, h => h.Code == HttpStatusCode.OK && h.Json.Text("status") == "healthy");
    }

    [Fact]
    public async Task Status_counts_what_waits_by_service_and_priority()
    {
        var worker = await _riq.StartWorker();
        await _riq.Post("pause", service: "b");
        await Eventually.True(() => worker.Knows("b")?.Paused is not null);
        foreach (var priority in new[] { "high", "low", "low" }) await _riq.Api.Submit("b.write", more: new { priority });
        var status = await Eventually.Value(() => _riq.Api.Get("/api/queue/status").Json(), s => s.GetProperty("queued").GetInt64() == 3);
        Assert.Equal([("a", "high", 0), ("a", "low", 0), ("a", "normal", 0), ("b", "high", 1), ("b", "low", 2), ("b", "normal", 0)],
            status.GetProperty("queues").EnumerateArray().Select(q => (q.Text("service")!, q.Text("priority")!, q.GetProperty("queued").GetInt32())).Order());
        Assert.NotNull(status.Text("oldest_waiting_since"));
        Assert.NotNull(status.Text("updated_at"));
    }
}
