using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Outbox;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Outbox;

/// <summary>Rows of the outbox reach RabbitMQ, whatever happens to their process and to their neighbours.</summary>
public sealed class OutboxRelayTests
{
    const string Insert = "insert into outbox(id, message_id, destination, body, due_at, attempts) values ($1, $2, $3, $4, now() + $5::interval, $6)";

    [Fact]
    public async Task A_row_stays_until_the_broker_has_confirmed_it()
    {
        await using var riq = await RiqCluster.Create();
        var lines = riq.NewLines();
        await riq.StartWorker("worker-1", lines);
        await riq.StartApi();
        await riq.Api.End(await riq.Api.Submit(text: "connected"));
        await Eventually.True(async () => await Rows(riq) == 0);

        riq.RabbitMq.Freeze();   // the API's own way to the broker; nothing is confirmed
        lines.RabbitMq.Freeze();
        var token = await riq.Api.Submit(text: "unconfirmed");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from outbox where attempts > 0") == 1);   // tried again
        Assert.Equal("queued", await riq.Api.Status(token));
        riq.RabbitMq.Thaw();
        lines.RabbitMq.Thaw();
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Single(riq.Service.Calls, c => c.Marker == token);
        await Eventually.True(async () => await Rows(riq) == 0);
    }

    [Fact]
    public async Task A_row_that_can_never_be_sent_is_parked_where_operators_see_it_and_blocks_nothing()
    {
        await using var riq = await RiqCluster.Start();
        var bad = await InsertRow(riq, "pigeon:riq.fake.normal");
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select parked_reason is not null from outbox where id = $1", bad));
        Assert.Contains("pigeon", await riq.Database.Scalar<string>("select parked_reason from outbox where id = $1", bad), StringComparison.Ordinal);
        Assert.True(await riq.Database.Scalar<bool>("select due_at = 'infinity' from outbox where id = $1", bad));

        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"n{i}")));
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        await Eventually.True(async () => await Rows(riq) == 1);
    }

    [Fact]
    public async Task With_nothing_but_a_parked_row_there_is_nothing_to_wait_for()
    {
        await using var riq = await RiqCluster.Start();
        var store = riq.Api.Host.Services.GetRequiredService<OutboxStore>();
        Assert.Null(await store.UntilNextDue(CancellationToken.None));
        var bad = await InsertRow(riq, "pigeon:riq.fake.normal");
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select parked_reason is not null from outbox where id = $1", bad));
        Assert.Null(await store.UntilNextDue(CancellationToken.None));
        await InsertRow(riq, "queue:riq.fake.normal", due: "20 seconds");
        Assert.InRange((await store.UntilNextDue(CancellationToken.None))!.Value.TotalSeconds, 1, 20);
    }

    [Theory]
    [InlineData("queue:amq.forbidden")]   // refused: reserved name
    [InlineData("exchange:amq.topic")]    // refused: exists and is no fanout
    public async Task A_row_that_the_broker_refuses_disturbs_no_other_and_its_waits_grow_to_ten_seconds_without_an_end(string destination)
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.End(await riq.Api.Submit(text: "everything is connected"));
        var connections = riq.RabbitMq.Accepted;
        var bad = await InsertRow(riq, destination);
        await Eventually.True(async () => await riq.Database.Scalar<int>("select attempts from outbox where id = $1", bad) >= 4);
        foreach (var token in await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"n{i}"))))
            Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(connections, riq.RabbitMq.Accepted);   // nobody had to connect again

        await riq.Database.Execute("update outbox set attempts = 1000, due_at = now() where id = $1", bad);
        await Eventually.True(async () => await riq.Database.Scalar<int>("select attempts from outbox where id = $1", bad) >= 1002);
        Assert.InRange(await riq.Database.Scalar<double>("select extract(epoch from due_at - now())::float8 from outbox where id = $1", bad), 5, 10);
        Assert.True(await riq.Database.Scalar<bool>("select parked_reason is null from outbox where id = $1", bad));
    }

    [Fact]
    public async Task The_rows_of_a_dead_process_are_sent_by_another_when_its_claim_is_over()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("LostAfter", "00:01:00");   // the outbox alone must do it
        await riq.StartApi();
        // Committed and claimed by a process that then died: its row lies there with the claim's end as its due time.
        riq.RabbitMq.Cut();
        var token = await riq.Api.Submit();
        await riq.Database.Execute("update outbox set due_at = now() + interval '3 seconds'");
        riq.RabbitMq.Restore();
        await riq.StartWorker();

        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.InRange(await riq.Database.Scalar<double>("select extract(epoch from started_at - created_at)::float8 from queue_requests where token = $1", token), 3, 15);
    }

    [Fact]
    public async Task Two_relays_share_the_rows_and_send_each_once()
    {
        const int Messages = 1_000;
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        await riq.StartApi();
        await riq.Database.Execute("""
            insert into outbox(id, message_id, destination, body, due_at, attempts)
            select gen_random_uuid(), gen_random_uuid(), 'queue:riq.counted.low', '{}', now(), 0 from generate_series(1, $1)
            """, Messages);
        await Eventually.True(async () => await Rows(riq) == 0);
        Assert.Equal(Messages, await riq.Broker.Messages("riq.counted.low"));
    }

    [Fact]
    public async Task A_relay_takes_no_more_rows_than_it_asks_for_also_by_a_plan_of_a_time_when_there_were_none()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var store = riq.Api.Host.Services.GetRequiredService<OutboxStore>();
        await riq.Database.Execute("vacuum analyze outbox");
        Assert.Empty(await store.TakeDue(200, CancellationToken.None));   // the statement is planned by now
        await riq.Database.Execute("""
            insert into outbox(id, message_id, destination, body, due_at, attempts)
            select gen_random_uuid(), gen_random_uuid(), 'queue:riq.fake.normal', '', now() - n * interval '1 second', 0 from generate_series(1, 5000) n
            """);
        // Each is asked for by the connection that has the plan.
        var taken = new HashSet<Guid>();
        for (var n = 1; n <= 3; n++)
        {
            var rows = await store.TakeDue(200, CancellationToken.None);
            Assert.Equal(200, rows.Count);
            taken.UnionWith(rows.Select(r => r.Id));
        }
        Assert.Equal(600, taken.Count);
        Assert.Equal(600, await riq.Database.Scalar<long>("select count(*) from outbox where due_at > now()"));
    }

    [Fact]
    public async Task A_row_that_a_newer_message_has_taken_over_is_not_deleted_by_the_older_one_s_confirmation()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var store = riq.Api.Host.Services.GetRequiredService<OutboxStore>();
        var id = await InsertRow(riq, "queue:riq.fake.normal", due: "1 hour");
        var message = new OutboxMessage(id, await riq.Database.Scalar<Guid>("select message_id from outbox where id = $1", id), "queue:riq.fake.normal", []);

        await store.Delete([message with { MessageId = Guid.NewGuid() }]);
        Assert.Equal(1, await Rows(riq));
        await store.Park(message with { MessageId = Guid.NewGuid() }, "another one's");
        Assert.True(await riq.Database.Scalar<bool>("select parked_reason is null from outbox where id = $1", id));
        await store.Delete([message]);
        Assert.Equal(0, await Rows(riq));
    }

    [Fact]
    public async Task A_delayed_row_is_sent_at_its_time_and_not_before()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var late = await InsertRow(riq, "queue:riq.late.low", due: "2 seconds");
        await InsertRow(riq, "queue:riq.prompt.low");
        await Eventually.True(async () => await riq.Broker.Messages("riq.prompt.low") == 1);
        Assert.Null(await riq.Broker.Messages("riq.late.low"));
        var due = await riq.Database.Scalar<DateTime>("select due_at from outbox where id = $1", late);
        await Eventually.True(async () => await riq.Broker.Messages("riq.late.low") == 1);
        Assert.True(await riq.Database.Scalar<DateTime>("select now()") >= due);
    }

    [Fact]
    public async Task A_command_to_a_queue_that_is_not_there_declares_it_and_an_event_nobody_listens_to_is_done_with()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        await InsertRow(riq, "queue:riq.new.normal");
        await InsertRow(riq, "exchange:Riq.Contracts:Nobody");
        await Eventually.True(async () => await Rows(riq) == 0);
        Assert.Equal(1, await riq.Broker.Messages("riq.new.normal"));

        // Deleted behind the relay's back: the broker returns the next one, and it is declared and sent again.
        await riq.Broker.DeleteQueue("riq.new.normal");
        await InsertRow(riq, "queue:riq.new.normal");
        await Eventually.True(async () => await Rows(riq) == 0);
        Assert.Equal(1, await riq.Broker.Messages("riq.new.normal"));
    }

    static Task<long> Rows(RiqCluster riq) => riq.Database.Scalar<long>("select count(*) from outbox");

    static async Task<Guid> InsertRow(RiqCluster riq, string destination, string due = "0 seconds")
    {
        var id = Guid.CreateVersion7();
        await riq.Database.Execute(Insert, id, Guid.CreateVersion7(), destination, Encoding.UTF8.GetBytes("{}"), due, 0);
        return id;
    }
}
