using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Submission;

/// <summary>Connections that break in the middle of a batch: all of it is stored, or nothing.</summary>
public sealed class BatchTransactionTests : IAsyncLifetime
{
    const int Size = 300;
    readonly JsonObject _batch = new()
    {
        ["items"] = new JsonArray([.. Enumerable.Range(0, Size).Select(i => (JsonNode)new JsonObject
        {
            ["operation"] = "fake.write", ["payload"] = new JsonObject { ["text"] = $"item {i}" }, ["idempotency_key"] = $"key {i:000}",
        })]),
    };

    RiqCluster _riq = null!;
    NpgsqlConnection _connection = null!;
    NpgsqlTransaction _blocker = null!;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        await _riq.StartApi();
        _connection = new(_riq.Database.ConnectionString);
        await _connection.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _riq.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_killed_twice_leaves_nothing_behind()
    {
        await Block("key 150");
        var batch = Post();
        await KillBlocked();
        await KillBlocked();
        var refusal = await Refusal.Of(batch, HttpStatusCode.ServiceUnavailable);
        Assert.Contains("idempotency key", refusal.Detail, StringComparison.Ordinal);
        await Unblock();
        Assert.Equal(0, await Rows());

        await AssertAll(await Post());
    }

    [Fact]
    public async Task A_connection_killed_once_is_made_good()
    {
        await Block("key 299");
        var batch = Post();
        await KillBlocked();
        await Blocked();
        await Unblock();
        await AssertAll(await batch);
    }

    [Fact]
    public async Task A_commit_in_doubt_is_found_out()
    {
        await Block("key 000");
        var batch = Post();
        var first = await Blocked();
        // The server does not notice that the client is gone: it will commit what nobody hears of.
        _riq.Postgres.CutConnections();
        await Eventually.True(async () => await Blocked() is { Length: 2 } both && both.Contains(first[0]));
        await Unblock();
        await AssertAll(await batch);
    }

    Task<HttpResponseMessage> Post() => _riq.Api.PostText(Calls.BatchPath, _batch.ToJsonString());

    Task<long> Rows() => _riq.Database.Scalar<long>("select count(*) from queue_requests");

    async Task AssertAll(HttpResponseMessage answer)
    {
        using (answer)
        {
            var json = await RiqApi.Json(answer);
            Assert.True(answer.IsSuccessStatusCode, json.ToString());
            var tokens = json.GetProperty("items").EnumerateArray().Select(i => i.Text("token")).ToArray();
            Assert.Equal(Size, tokens.Distinct().Count());
            Assert.Equal(Size, await Rows());
            var stored = await _riq.Database.List("select 'req_' || replace(id::text, '-', '') from queue_requests order by idempotency_key", r => r.GetString(0));
            Assert.Equal(stored, tokens);
            Assert.Equal(Size, await _riq.Database.Scalar<long>("select count(*) from request_events where event = 'accepted'"));
        }
    }

    /// <summary>Another transaction holds one of the keys, so that the batch has to wait in the middle of its work.</summary>
    async Task Block(string key)
    {
        _blocker = await _connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("""
            insert into queue_requests(id, client_id, operation, service, payload, priority, status, idempotency_key, payload_hash, created_at, updated_at, retry_count, max_retries,
              attempt, fire_and_forget, ready, pending_dependencies, deferrals, crashes, next_step, routing_path, version)
            values (gen_random_uuid(), 'local', 'fake.write', 'fake', '{}', 'normal', 'queued', $1, '\x00', now(), now(), 0, 3, 1, false, true, 0, 0, 0, 'execute', 'QUEUED', 1)
            """, _connection, _blocker);
        command.Parameters.Add(new() { Value = key });
        await command.ExecuteNonQueryAsync();
    }

    Task Unblock() => _blocker.RollbackAsync();

    Task<int[]> Blocked() => Eventually.Value(
        async () => (await _riq.Database.List("select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%queue_requests%'", r => r.GetInt32(0))).ToArray(),
        pids => pids.Length > 0);

    async Task KillBlocked()
    {
        foreach (var pid in await Blocked()) await _riq.Database.Scalar<bool>("select pg_terminate_backend($1, 5000)", pid);
    }
}
