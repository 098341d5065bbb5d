using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Sweepers;

/// <summary><c>expires_in</c>: what nobody took in time is not done any more.</summary>
public sealed class ExpiryTests
{
    [Fact]
    public async Task A_request_that_no_worker_took_in_time_fails_as_expired()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        await riq.StartApi();
        await riq.StartWorker();
        var held = HeldCalls.First(riq.Service);
        var running = await riq.Api.Submit(text: "long", more: new { expires_in = 600 });
        await Eventually.True(() => held.Arrived == 1);
        await riq.Database.Execute("update queue_requests set expires_at = now() where token = $1", running);
        var waiting = await riq.Api.Submit(text: "late", more: new { expires_in = 1 });
        var patient = await riq.Api.Submit(text: "patient", more: new { expires_in = 600 });

        var result = await riq.Api.End(waiting);
        Assert.Equal(("failed", "EXPIRED"), (result.GetProperty("status").GetString(), result.GetProperty("error").GetProperty("code").GetString()));
        held.Release();
        // What a worker took in time is finished, however long it takes.
        Assert.Equal("completed", (await riq.Api.End(running)).GetProperty("status").GetString());
        Assert.Equal("completed", (await riq.Api.End(patient)).GetProperty("status").GetString());
        Assert.DoesNotContain(riq.Service.Calls, c => c.Marker == waiting);
    }

    [Fact]
    public async Task The_claim_refuses_an_expired_request_although_no_sweep_has_run()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("SweepInterval", "00:10:00").With("Services:fake:Concurrency", 1);
        await riq.StartApi();
        await riq.StartWorker();
        var held = HeldCalls.First(riq.Service);
        await riq.Api.Submit(text: "long");
        await Eventually.True(() => held.Arrived == 1);
        var late = await riq.Api.Submit(text: "late", more: new { expires_in = 1 });
        var behind = await riq.Api.Submit(text: "behind it");
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select expires_at < now() from queue_requests where token = $1", late));
        held.Release();
        await riq.Api.End(behind);
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 0);
        Assert.Equal(("queued", 1), ((await riq.Stored(late)).Status, (await riq.Stored(late)).Attempt));
        Assert.DoesNotContain(riq.Service.Calls, c => c.Marker == late);
    }
}
