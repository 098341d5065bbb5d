using System.Net;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>Postgres goes away in the middle of work and comes back.</summary>
public sealed class PostgresOutageTests
{
    [Fact]
    public async Task An_outage_in_the_middle_of_work_loses_nothing_doubles_nothing_and_faults_nothing()
    {
        await using var riq = await RiqCluster.Start();
        await riq.StartWorker("worker-2");
        riq.Service.Answer = async (call, cancellation) => { await Task.Yield(); return FakeService.Ok(call.Payload); };
        var tokens = new List<string>();
        for (var i = 0; i < 150; i++)
        {
            tokens.Add(await riq.Api.Submit(text: $"n{i}"));
            if (i == 50) { riq.Postgres.CutConnections(); await ReachesPostgres(riq); }
            if (i == 100) { riq.Postgres.Cut(); await Noticed(riq); riq.Postgres.Restore(); await ReachesPostgres(riq); }
        }
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(tokens.Order(), riq.Service.Calls.Select(c => c.Marker).Where(tokens.Contains).Order());
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task An_outcome_is_kept_until_Postgres_is_back_and_the_call_is_not_repeated()
    {
        await using var riq = await RiqCluster.Start();
        var held = new HeldCalls(riq.Service);
        var token = await riq.Api.Submit(text: "done while away");
        await Eventually.True(() => held.Arrived == 1);

        riq.Postgres.Cut();
        held.Release();
        await Eventually.True(() => held.Ended == 1);
        await Noticed(riq);
        Assert.Equal("processing", (await riq.Stored(token)).Status);
        riq.Postgres.Restore();

        await Eventually.Value(() => riq.Stored(token), r => r.Status == "completed");
        Assert.Equal(1, (await riq.Stored(token)).Attempt);
        Assert.Single(riq.Service.Calls);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task An_outcome_whose_confirmation_was_lost_is_stored_once()
    {
        await using var riq = await RiqCluster.Create();
        var lines = riq.NewLines();
        await riq.StartWorker("worker-1", lines);
        await riq.StartApi();
        var held = new HeldCalls(riq.Service);
        var token = await riq.Api.Submit(text: "stored unheard");
        await Eventually.True(() => held.Arrived == 1);

        // The outcome has reached Postgres and waits there for the row, when answers cease to come back.
        await using (var row = await HeldLock.Take(riq.Database, "select 1 from queue_requests where token = $1 for update", token))
        {
            held.Release();
            await Eventually.True(() => row.IsWaitedFor());
            lines.Postgres.FreezeAnswers();
        }
        var stored = await Eventually.Value(() => riq.Stored(token), r => r.Status == "completed");
        lines.Postgres.CutConnections();
        lines.Postgres.Thaw();

        await riq.Api.End(await riq.Api.Submit(text: "the next one"));
        Assert.Equal(stored, await riq.Stored(token));
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from request_attempts where request_id = $1", stored.Id));
        Assert.Single(riq.Service.Calls, c => c.Marker == token);
    }

    [Fact]
    public async Task A_submission_meanwhile_is_told_to_come_back_and_is_welcome_afterwards()
    {
        await using var riq = await RiqCluster.Start();
        riq.Postgres.Cut();
        using var refused = await riq.Api.Post("/api/queue/submit", new { operation = "fake.read", payload = new { text = "now" } });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Equal(503, (await RiqApi.Json(refused)).GetProperty("status").GetInt32());
        using var result = await riq.Api.Get($"/api/queue/result/req_{Guid.NewGuid():N}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, result.StatusCode);

        riq.Postgres.Restore();
        await ReachesPostgres(riq);
        Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit())).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_frozen_connection_holds_work_up_and_nothing_is_lost_or_doubled_when_it_flows_again()
    {
        await using var riq = await RiqCluster.Start();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => riq.Api.Submit(text: $"n{i}")));
        riq.Postgres.Freeze();
        var more = Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"m{i}")).ToArray();
        using var probe = await riq.Api.Get("/health/ready");   // takes as long as its limit
        Assert.Equal(HttpStatusCode.ServiceUnavailable, probe.StatusCode);
        riq.Postgres.Thaw();

        tokens = [.. tokens, .. await Task.WhenAll(more)];
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(tokens.Order(), riq.Service.Calls.Select(c => c.Marker).Order());
        Assert.Empty(await riq.FaultQueues());
    }

    static Task Noticed(RiqCluster riq) => Eventually.True(async () => await Ready(riq) == HttpStatusCode.ServiceUnavailable);

    static Task ReachesPostgres(RiqCluster riq) => Eventually.True(async () => await Ready(riq) == HttpStatusCode.OK);

    static async Task<HttpStatusCode> Ready(RiqCluster riq)
    {
        using var answer = await riq.Api.Get("/health/ready");
        return answer.StatusCode;
    }
}
