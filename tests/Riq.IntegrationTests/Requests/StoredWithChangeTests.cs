using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Riq.Engine;
using Riq.Engine.Execution;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Requests;

/// <summary>What is stored with a change is stored with it or not at all.</summary>
public sealed class StoredWithChangeTests
{
    /// <summary>Notes each request that ends in a table of the test, and sends a message about it.</summary>
    sealed class Note(string insert) : IStoredWithChange
    {
        public bool Concerns(QueueRequest request) => RequestStatus.IsEnd(request.Status);

        public int MessagesOf(QueueRequest request) => 1;

        public IEnumerable<NpgsqlBatchCommand> Before(QueueRequest[] requests) => [new("select pg_advisory_xact_lock(1)")];

        public IEnumerable<NpgsqlBatchCommand> After(QueueRequest[] requests, TimeSpan claim) =>
            [new NpgsqlBatchCommand(insert).With(Array.ConvertAll(requests, r => r.CorrelationId)).With(claim)];
    }

    const string Insert = $"""
        with noted as (insert into note select r.id from queue_requests r where r.id = any($1) and {IStoredWithChange.StoredHere} returning id),
        posted as (insert into outbox(id, message_id, destination, body, due_at, attempts) select gen_random_uuid(), id, 'exchange:note', '', now() + $2, 0 from noted
          returning id, message_id, destination, body)
        select {IStoredWithChange.Posted} from posted
        """;

    [Fact]
    public async Task It_happens_for_the_changes_that_are_stored_and_for_no_other()
    {
        await using var riq = await RiqCluster.Create();
        var worker = await Prepared(riq);
        var requests = await Claimed(riq, worker, 3);
        await riq.Database.Execute("update queue_requests set version = version + 1 where id = $1", requests[1].CorrelationId);   // it has moved on

        var saved = await StoreOf(worker, Insert).Save(requests, new Engine.Outbox.OutboxMessage?[3], reserved: true);

        Assert.Equal([true, false, true], saved.Changes.Select(c => c.Stored));
        var stored = new[] { requests[0].CorrelationId, requests[2].CorrelationId };
        Assert.Equal(stored.Order(), (await riq.Database.List("select id from note", r => r.GetGuid(0))).Order());
        Assert.Equal(stored.Order(), saved.Posted.Select(p => p.MessageId).Order());
        Assert.NotNull(saved.Announcement);
    }

    [Fact]
    public async Task When_it_can_not_be_stored_the_change_is_not_either()
    {
        await using var riq = await RiqCluster.Create();
        var worker = await Prepared(riq);
        var requests = await Claimed(riq, worker, 1);
        await Assert.ThrowsAsync<PostgresException>(() => StoreOf(worker, "select 1 / (coalesce(cardinality($1::uuid[]), 0) * 0) where $2::interval is not null").Save(requests, [null], reserved: true));
        Assert.Equal("processing", await riq.Database.Scalar<string>("select status from queue_requests"));
    }

    static async Task<WebApplication> Prepared(RiqCluster riq)
    {
        riq.RabbitMq.Cut();
        await riq.StartApi();
        await riq.Database.Execute("create table note(id uuid primary key); grant all on note to riq_worker, riq_api");
        return await riq.StartWorker();
    }

    static TransitionStore StoreOf(WebApplication worker, string insert) =>
        new(worker.Services.GetRequiredService<Database>(), [new Note(insert)], worker.Services.GetRequiredService<LaneChanges>(), worker.Services.GetRequiredService<RiqOptions>());

    // Requests whose attempts have succeeded, which is not stored yet.
    static async Task<QueueRequest[]> Claimed(RiqCluster riq, WebApplication worker, int count)
    {
        var (claims, life) = (worker.Services.GetRequiredService<ClaimStore>(), worker.Services.GetRequiredService<RequestLife>());
        var tokens = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => riq.Api.Submit()));
        var taken = await claims.Take([.. tokens.Select(t => new Claim(Guid.ParseExact(t[4..], "N"), 1, Guid.CreateVersion7()))]);
        foreach (var r in taken) Assert.True(await life.Raise(r!, life.Machine.Succeeded, new Succeeded("{}", 200)));
        return [.. taken.Select(r => r!)];
    }
}
