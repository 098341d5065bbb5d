using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Riq.Engine.Storage;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Security;

/// <summary>What API processes and workers may not do to Postgres and RabbitMQ. That they may do all they have to is shown by every other test: their hosts run with these roles and users.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    TestDatabase _database = null!;
    TestBroker _broker = null!;

    public async Task InitializeAsync() => (_database, _broker) = (await TestDatabase.Create(), await TestBroker.Create());

    public async Task DisposeAsync()
    {
        await _broker.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Every_table_declares_its_rights_and_what_ends_its_rows()
    {
        var tables = await _database.List("select tablename from pg_tables where schemaname = 'public' and tablename <> '__EFMigrationsHistory' order by 1", r => r.GetString(0));
        Assert.Equal(tables, TableRules.All.Select(r => r.Table).Order(StringComparer.Ordinal));
        Assert.All(TableRules.All, r => Assert.NotEmpty(r.Ends));
    }

    [Fact]
    public async Task A_role_has_the_declared_rights_and_no_others()
    {
        foreach (var rule in TableRules.All)
            foreach (var (role, rights) in new[] { (TableRules.ApiRole, rule.Api), (TableRules.WorkerRole, rule.Worker) })
                foreach (var (letter, word) in new[] { ('s', "select"), ('i', "insert"), ('u', "update"), ('d', "delete"), ('-', "truncate"), ('-', "references"), ('-', "trigger") })
                    Assert.True(rights.Contains(letter, StringComparison.Ordinal) == await _database.Scalar<bool>("select has_table_privilege($1, $2, $3)", role, rule.Table, word), $"{role} {word} {rule.Table}");
    }

    [Theory]
    [InlineData("create table mine(n int)"), InlineData("alter table queue_requests add column mine int"), InlineData("drop table audit_entries"), InlineData("truncate queue_requests"), InlineData("create index on queue_requests(client_id)")]
    [InlineData("create schema mine"), InlineData("create role mine"), InlineData("alter role riq_api superuser"), InlineData("set role postgres"), InlineData("create function mine() returns int language sql as 'select 1'")]
    [InlineData("delete from \"__EFMigrationsHistory\""), InlineData("alter table queue_requests disable trigger all"), InlineData("copy api_keys to program 'cat'"), InlineData("select pg_read_file('/etc/passwd')"), InlineData("select rolpassword from pg_authid")]
    [InlineData("update audit_entries set by = 'nobody'"), InlineData("delete from audit_entries"), InlineData("insert into api_keys(id, client_id, hash, scopes, created_at, created_by) values ('x', 'x', 'x', array['operate'], now(), 'x')")]
    [InlineData("update api_keys set revoked_at = null"), InlineData("delete from api_keys"), InlineData("update request_events set by = 'nobody'"), InlineData("update request_attempts set worker = 'nobody'")]
    public async Task Neither_process_may(string sql)
    {
        await Refused(api: true, sql);
        await Refused(api: false, sql);
    }

    [Theory]
    [InlineData(true, "select * from leadership"), InlineData(true, "delete from service_workers"), InlineData(true, "insert into read_cache select * from read_cache"), InlineData(true, "delete from event_cursor")]
    [InlineData(false, "select hash from api_keys"), InlineData(false, "select count(*) from api_keys"), InlineData(false, "select * from audit_entries"), InlineData(false, "select * from refused_submissions"), InlineData(false, "insert into queue_requests(id) values (gen_random_uuid())")]
    public async Task One_process_may_not_do_what_the_other_one_does(bool api, string sql) => await Refused(api, sql);

    [Fact]
    public async Task The_trail_is_forgotten_by_age_only_and_nothing_of_the_last_month()
    {
        await _database.Execute("insert into audit_entries(at, by, action) select now() - n * interval '1 day', 'ops', 'paused' from unnest(array[400, 40, 31, 29, 0]) n");
        Assert.Equal(1, await As<long>(api: false, "select riq_forget_audit('365 days')"));
        Assert.Equal(2, await As<long>(api: true, "select riq_forget_audit('0 days')"));
        Assert.Equal(2, await _database.Scalar<long>("select count(*) from audit_entries"));
        Assert.False(await _database.Scalar<bool>("select exists (select from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where p.proname = 'riq_forget_audit' and a.grantee = 0)"));
    }

    [Theory]
    [InlineData(true, "riq.fake.normal"), InlineData(true, "riq.commands"), InlineData(false, "riq.submit"), InlineData(true, "somebody-else"), InlineData(false, "somebody-else")]
    public async Task A_process_takes_no_messages_that_are_not_its_own(bool api, string queue)
    {
        await using var owner = await Connect(_broker.Uri);
        await using var channel = await owner.CreateChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        await Refused(api, c => c.BasicGetAsync(queue, autoAck: true));
        await Refused(api, c => c.QueuePurgeAsync(queue));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_process_makes_nothing_outside_RIQ_s_names_and_reads_nobody_s_events(bool api)
    {
        await Refused(api, c => c.QueueDeclareAsync("mine"));
        await Refused(api, c => c.QueueDeclareAsync("riq.mine"));
        await Refused(api, c => c.ExchangeDeclareAsync("amq.mine", ExchangeType.Fanout));
        await Refused(api, async c => { await c.BasicPublishAsync("amq.fanout", "", "x"u8.ToArray()); await c.QueueDeclareAsync("riq.fake.normal"); await c.CloseAsync(); });
    }

    async Task<T> As<T>(bool api, string sql)
    {
        await using var connection = new NpgsqlConnection(_database.As(api));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    async Task Refused(bool api, string sql)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => As<object>(api, sql));
        Assert.True(refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege, $"{sql}: {refusal.MessageText}");
    }

    async Task Refused(bool api, Func<IChannel, Task> act)
    {
        await using var connection = await Connect(_broker.As(api));
        await using var channel = await connection.CreateChannelAsync();
        var closed = new TaskCompletionSource<ushort>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, e) => { closed.TrySetResult(e.ReplyCode); return Task.CompletedTask; };
        await Assert.ThrowsAnyAsync<RabbitMQClientException>(() => act(channel));
        Assert.Equal(Constants.AccessRefused, await closed.Task.WaitAsync(Riq.TestKit.Waiting.Eventually.DefaultLimit));
    }

    static Task<IConnection> Connect(string uri) => new ConnectionFactory { Uri = new(uri) }.CreateConnectionAsync();
}
