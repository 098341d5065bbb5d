using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Recovery;
using Riq.Engine.Storage;
using Riq.Engine.Submission;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Recovery;

/// <summary>What <c>recover</c> makes of the rows of an older backup.</summary>
public sealed class BackupRecoveryTests
{
    const string Insert = """
        insert into queue_requests(id, client_id, operation, service, payload, priority, status, payload_hash, created_at, updated_at, retry_count, max_retries, attempt, fire_and_forget,
          ready, pending_dependencies, deferrals, crashes, next_step, version, waiting_for, unclear_since, next_retry_at, lease_until, claim_id, worker)
        values (gen_random_uuid(), 'local', $1, 'fake', '{"text":"x"}', 'normal', $2, '', now() - interval '1 day', now(), 1, 3, 2, false,
          $3, 0, 0, 0, $4, 5, $5, now() - interval '1 hour', now() + interval '1 hour', now() + interval '1 hour', gen_random_uuid(), 'gone')
        """;

    sealed record Row(string Status, int Attempt, long Version, string NextStep, string? WaitingFor, bool LooksFromCreation, bool IsFree, bool HasCommand);

    [Theory]
    [InlineData("fake.create", "queued", "queued", "clear_up", "outcome_check", true)]
    [InlineData("fake.create", "processing", "queued", "clear_up", "outcome_check", true)]
    [InlineData("fake.write", "queued", "queued", "clear_up", "outcome_check", true)]
    [InlineData("removed.operation", "queued", "queued", "clear_up", "outcome_check", true)]
    [InlineData("fake.safe_write", "processing", "queued", "execute", null, true)]
    [InlineData("fake.read", "processing", "queued", "execute", null, false)]
    public async Task An_unfinished_request_is_due_at_once_and_looked_for_first_where_a_repetition_could_do_harm(string operation, string before, string after, string step, string? waitingFor, bool fromCreation)
    {
        var row = await Recover(operation, before);
        Assert.Equal(new Row(after, 3, 1_000_006, step, waitingFor, fromCreation, IsFree: true, HasCommand: true), row);
    }

    [Theory]
    [InlineData("dead", "clear_up"), InlineData("failed", "clear_up"), InlineData("completed", "execute")]
    public async Task An_ended_write_stays_ended_and_is_looked_for_only_should_it_be_retried(string status, string step)
    {
        var row = await Recover("fake.create", status);
        Assert.Equal((status, 2, step, false), (row.Status, row.Attempt, row.NextStep, row.HasCommand));
    }

    [Fact]
    public async Task What_waits_for_others_goes_on_waiting_and_is_looked_for_when_it_may_run()
    {
        var row = await Recover("fake.create", "queued", ready: false, waitingFor: "dependencies");
        Assert.Equal(("queued", "clear_up", "dependencies", false), (row.Status, row.NextStep, row.WaitingFor, row.HasCommand));
    }

    [Fact]
    public async Task It_may_be_run_again_and_tells_what_it_did()
    {
        await using var database = await TestDatabase.Create();
        foreach (var (operation, status) in new[] { ("fake.create", "queued"), ("fake.create", "processing"), ("fake.read", "queued"), ("fake.write", "dead"), ("fake.create", "completed") })
            await database.Execute(Insert, operation, status, true, "execute", DBNull.Value);
        for (var run = 0; run < 2; run++) Assert.Equal(new Recovered(2, 1, 1), await Run(database));
        Assert.Equal(3, await database.Scalar<long>("select count(*) from outbox"));
        Assert.Equal(8, await database.Scalar<long>("select count(*) from request_events where event = 'recovered'"));
    }

    [Fact]
    public async Task Nothing_is_changed_while_a_process_of_RIQ_is_connected()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        riq.RabbitMq.Cut();
        var token = await riq.Api.Submit("fake.create");
        var stored = await riq.Stored(token);
        Assert.Null(await Run(riq.Database));
        Assert.Equal(stored, await riq.Stored(token));
    }

    [Fact]
    public async Task What_was_carried_out_after_the_backup_is_found_by_workers_that_start_afterwards()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Timeout", "00:00:01").With("Services:fake:QuietPeriod", "00:00:01");
        await riq.Database.Execute(Insert, "fake.create", "queued", true, "execute", DBNull.Value);
        await riq.Database.Execute(Insert, "fake.write", "queued", true, "execute", DBNull.Value);
        Assert.Equal(new Recovered(2, 0, 0), await Run(riq.Database));
        riq.Service.Search = (call, _) => Task.FromResult(FakeService.IsThere(call));
        await riq.StartWorker();

        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status in ('completed', 'dead')") == 2);
        // The one whose effect can't be found is left to a person.
        Assert.Equal("dead", await riq.Database.Scalar<string>("select status from queue_requests where operation = 'fake.write' and error->'details'->>'outcome' = 'unknown'"));
        Assert.Equal("completed", await riq.Database.Scalar<string>("select status from queue_requests where operation = 'fake.create'"));
        Assert.Empty(riq.Service.Calls);
    }

    static async Task<Row> Recover(string operation, string status, bool ready = true, string? waitingFor = null)
    {
        await using var database = await TestDatabase.Create();
        await database.Execute(Insert, operation, status, ready, "execute", (object?)waitingFor ?? DBNull.Value);
        Assert.NotNull(await Run(database));
        return (await database.List("""
            select status, attempt, version, next_step, waiting_for, unclear_from is not distinct from created_at and unclear_since is null,
              next_retry_at is null and lease_until is null and claim_id is null and worker is null, exists (select from outbox o where o.id = r.id and o.due_at <= now() and o.destination = 'queue:riq.fake.normal')
            from queue_requests r
            """, r => new Row(r.GetString(0), r.GetInt32(1), r.GetInt64(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4), r.GetBoolean(5), r.GetBoolean(6), r.GetBoolean(7)))).Single();
    }

    static async Task<Recovered?> Run(TestDatabase database)
    {
        await using var connections = new Database(database.ConnectionString);
        return await new BackupRecovery(connections, new OperationCatalog([new FakeService()])).Run(CancellationToken.None);
    }
}
