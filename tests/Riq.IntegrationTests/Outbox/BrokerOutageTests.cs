using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Outbox;

/// <summary>RabbitMQ goes away, or comes back without its memory: no request minds.</summary>
public sealed class BrokerOutageTests
{
    [Fact]
    public async Task Submissions_during_an_outage_are_accepted_and_completed_after_it_without_anybody_s_help()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.End(await riq.Api.Submit(text: "before"));
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from outbox") == 0);
        riq.RabbitMq.Cut();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => riq.Api.Submit(text: $"n{i}")));
        Assert.All(await Task.WhenAll(tokens.Select(riq.Stored)), r => Assert.Equal("queued", r.Status));
        Assert.Equal(50, await riq.Database.Scalar<long>("select count(*) from outbox where destination like 'queue:%'"));

        riq.RabbitMq.Restore();
        await AssertCompletedOnce(riq, tokens);
    }

    [Fact]
    public async Task A_call_that_was_running_when_the_broker_went_is_not_repeated_when_its_message_comes_again()
    {
        await using var riq = await RiqCluster.Start();
        var held = new HeldCalls(riq.Service);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(() => held.Arrived == 3);
        riq.RabbitMq.CutConnections();   // the unacknowledged messages go back to the queue and are delivered again
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 3);
        held.Release();
        await AssertCompletedOnce(riq, tokens);
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 0);
    }

    [Fact]
    public async Task A_broker_that_forgot_everything_gets_every_request_again()
    {
        await using var riq = await RiqCluster.Start();
        var (held, tokens) = await WithAFullQueue(riq);
        await riq.Broker.Wipe();
        held.Release();
        await AssertCompletedOnce(riq, tokens);
    }

    [Fact]
    public async Task A_purged_queue_loses_nothing()
    {
        await using var riq = await RiqCluster.Start();
        var (held, tokens) = await WithAFullQueue(riq);
        await riq.Broker.Purge("riq.fake.normal");
        Assert.True(await riq.Broker.Messages("riq.fake.normal") <= 2 * 5 + 8);   // what the worker holds
        held.Release();
        await AssertCompletedOnce(riq, tokens);
    }

    [Fact]
    public async Task A_deleted_queue_loses_nothing_and_is_consumed_again()
    {
        await using var riq = await RiqCluster.Start();
        var (held, tokens) = await WithAFullQueue(riq);
        await riq.Broker.DeleteQueue("riq.fake.normal");
        held.Release();
        await AssertCompletedOnce(riq, tokens);
        // And what is submitted afterwards does not need the sweeper.
        await AssertCompletedOnce(riq, [await riq.Api.Submit(text: "afterwards")]);
    }

    [Fact]
    public async Task Lost_commands_are_sent_again_at_most_once_in_twice_the_time_after_which_they_count_as_lost()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("StuckAfter", "00:01:00");
        await riq.StartApi();
        await riq.StartWorker();
        await riq.Api.End(await riq.Api.Submit(text: "the queue is there"));
        await riq.Broker.DeleteQueue("riq.fake.low");
        var token = await riq.Api.Submit(text: "lost", more: new { priority = "low" });
        await riq.Api.End(token);

        // A command that never arrives: each copy is taken away as soon as it is written.
        await riq.Database.Execute("update queue_requests set status = 'queued', completed_at = null, attempt = 2, version = version + 1, sent_at = now() where token = $1", token);
        var sent = new List<DateTime>();
        await Eventually.True(async () =>
        {
            var at = (await riq.Stored(token)).SentAt!.Value;
            if (sent.LastOrDefault() != at) sent.Add(at);
            await riq.Database.Execute("update queue_requests set attempt = attempt + 1 where token = $1 and attempt < 1000000", token);   // no copy fits
            return sent.Count == 4;
        });
        foreach (var (before, after) in sent.Zip(sent.Skip(1))) Assert.True(after - before >= TimeSpan.FromSeconds(1.99), $"{before:O} {after:O}");
    }

    [Fact]
    public async Task A_command_overtaken_by_much_later_ones_counts_as_lost_although_the_queue_is_never_empty()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        await riq.StartWorker();
        await riq.StartApi();
        // The queue is never empty: more than the worker holds always waits in it.
        var held = new HeldCalls(riq.Service, c => c.Payload.GetProperty("text").GetString() == "hold");
        await riq.Api.Submit(text: "hold");
        await Eventually.True(() => held.Arrived == 1);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => riq.Api.Submit(text: "hold")));
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 6);
        var lost = await LoseOne(riq);
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select now() - sent_at > interval '2 seconds' from queue_requests where token = $1", lost));
        Assert.Equal(0, await Copies(riq, lost));   // it may still stand in the queue

        // A request that was sent over 2 × LostAfter later is claimed; queues are first in, first out.
        await riq.Database.Execute("insert into queue_stats(service, priority, queued, processing, ended_per_second, ended_total, claimed_sent_at, updated_at) values ('fake', 'normal', 0, 0, 0, 0, now() + interval '1 minute', now()) on conflict (service, priority) do update set claimed_sent_at = excluded.claimed_sent_at");
        await Eventually.True(async () => await Copies(riq, lost) > 0);
        held.Release();
        Assert.Equal("completed", (await riq.Api.End(lost)).GetProperty("status").GetString());
        Assert.Single(riq.Service.Calls, c => c.Marker == lost);
    }

    // Accepted, never sent: as if its message had been lost on the way.
    static async Task<string> LoseOne(RiqCluster riq)
    {
        riq.RabbitMq.Cut();
        var token = await riq.Api.Submit(text: "lost");
        await riq.Database.Execute("delete from outbox o using queue_requests r where o.id = r.id and r.token = $1", token);
        riq.RabbitMq.Restore();
        return token;
    }

    // A copy moves sent_at beyond the time of acceptance.
    static Task<long> Copies(RiqCluster riq, string token) => riq.Database.Scalar<long>("select count(*) from queue_requests where token = $1 and (sent_at > created_at or status <> 'queued')", token);

    static async Task<(HeldCalls Held, string[] Tokens)> WithAFullQueue(RiqCluster riq)
    {
        var held = new HeldCalls(riq.Service);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(() => held.Arrived == 5);
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 40);
        return (held, tokens);
    }

    static async Task AssertCompletedOnce(RiqCluster riq, string[] tokens)
    {
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(tokens.Order(), riq.Service.Calls.Select(c => c.Marker).Where(tokens.Contains).Order());
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from outbox") == 0);
        Assert.Empty(await riq.FaultQueues());
    }
}
