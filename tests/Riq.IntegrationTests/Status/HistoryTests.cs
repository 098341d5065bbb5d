using System.Text.Json;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Status;

/// <summary>What the charts of the page are drawn from.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    RiqCluster _riq = null!;

    public async Task InitializeAsync() => _riq = await RiqCluster.Create();

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    async Task<JsonElement[]> History(int minutes)
    {
        using var answer = await _riq.Api.Get($"/api/queue/history?minutes={minutes}");
        return [.. (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray()];
    }

    [Fact]
    public async Task What_ended_and_how_long_it_took_is_in_the_next_row()
    {
        await _riq.StartApi();
        await _riq.StartWorker();
        await Eventually.True(async () => (await History(5)).Length > 0);
        _riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() == "bad" ? FakeService.Fail("VALIDATION_ERROR", "No.") : FakeService.Ok(call.Payload));
        foreach (var text in new[] { "good", "bad" }) await _riq.Api.End(await _riq.Api.Submit(text: text));

        var points = await Eventually.Value(() => History(5), p => p.Any(i => i.TryGetProperty("p99_ms", out _)) && p.Any(i => i.TryGetProperty("ended_per_second", out var e) && e.GetDouble() > 0));
        Assert.All(points.Where(p => p.TryGetProperty("p50_ms", out _)), p => Assert.InRange(p.GetProperty("p50_ms").GetDouble(), 0, p.GetProperty("p99_ms").GetDouble()));
        Assert.Contains(points, p => p.TryGetProperty("unsuccessful_per_second", out var u) && u.GetDouble() > 0);
        Assert.Equal(points.Select(p => p.GetProperty("at").GetDateTimeOffset()).Order(), points.Select(p => p.GetProperty("at").GetDateTimeOffset()));
    }

    [Fact]
    public async Task A_day_has_at_most_360_points_which_keep_the_highest_depth_and_the_mean_rate()
    {
        await _riq.Database.Execute("""
            insert into queue_history(at, queued, processing, oldest_seconds, ended_total, unsuccessful_share, p50, p95, p99)
            select now() - n * interval '10 seconds', case when n = 4000 then 777 else 1 end, 0, 0, (8639 - n) * 30, 0.5, 1, 2, 3 from generate_series(0, 8639) n
            """);
        await _riq.StartApi();
        var points = await History(1440);
        Assert.InRange(points.Length, 355, 361);
        Assert.Equal(777, points.Max(p => p.GetProperty("queued").GetInt64()));
        // 30 in 10 s, half of them unsuccessful; the very first row has none before it.
        Assert.All(points.Skip(1), p => Assert.Equal((3.0, 1.5), (p.GetProperty("ended_per_second").GetDouble(), p.GetProperty("unsuccessful_per_second").GetDouble())));
        using var refused = await _riq.Api.Get("/api/queue/history?minutes=1441&hours=2");
        Assert.Equal(["hours", "minutes"], (await RiqApi.Json(refused)).GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
    }

    [Fact]
    public async Task Rows_go_after_a_day()
    {
        await _riq.Database.Execute("insert into queue_history(at, queued, processing, oldest_seconds, ended_total) values (now() - interval '25 hours', 1, 1, 1, 1)");
        await _riq.StartWorker();
        await Eventually.True(async () => await _riq.Database.Scalar<bool>("select count(*) > 0 and min(at) > now() - interval '24 hours' from queue_history"));
    }
}
