using Microsoft.EntityFrameworkCore;
using Npgsql;
using Riq.Engine.Storage;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Storage;

/// <summary>What the schema itself refuses, and that it is what the model says.</summary>
public sealed class SchemaTests
{
    const string Insert = """
        insert into queue_requests(id, client_id, operation, service, payload, priority, status, idempotency_key, payload_hash, created_at, updated_at,
          retry_count, max_retries, attempt, fire_and_forget, ready, pending_dependencies, deferrals, crashes, next_step, version)
        values ($1, $2, 'fake.read', 'fake', '{}', $3, $4, $5, '', now(), now(), 0, 3, 1, false, true, 0, 0, 0, $6, 1)
        """;

    [Theory]
    [InlineData("urgent", "queued", "execute", "queue_requests_priority")]
    [InlineData("", "queued", "execute", "queue_requests_priority")]
    [InlineData("normal", "waiting", "execute", "queue_requests_status")]
    [InlineData("normal", "Queued", "execute", "queue_requests_status")]
    [InlineData("normal", "cached", "execute", "queue_requests_status")]
    [InlineData("normal", "queued", "guess", "queue_requests_next_step")]
    public async Task An_unknown_priority_status_or_step_is_refused(string priority, string status, string step, string constraint)
    {
        await using var database = await TestDatabase.Create();
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Add(database, priority: priority, status: status, step: step));
        Assert.Equal((PostgresErrorCodes.CheckViolation, constraint), (refusal.SqlState, refusal.ConstraintName));
        Assert.Equal(0, await database.Scalar<long>("select count(*) from queue_requests"));
    }

    [Fact]
    public async Task Every_known_status_and_priority_is_taken()
    {
        await using var database = await TestDatabase.Create();
        foreach (var status in new[] { "queued", "processing", "completed", "failed", "dead" })
            foreach (var priority in new[] { "high", "normal", "low" }) await Add(database, priority: priority, status: status);
        Assert.Equal(15, await database.Scalar<long>("select count(*) from queue_requests"));
    }

    [Fact]
    public async Task An_idempotency_key_is_unique_for_its_client_and_no_key_is_never_the_same()
    {
        await using var database = await TestDatabase.Create();
        await Add(database, client: "a", key: "k");
        await Add(database, client: "b", key: "k");
        await Add(database, client: "a");
        await Add(database, client: "a");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Add(database, client: "a", key: "k"));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, refusal.SqlState);
        refusal = await Assert.ThrowsAsync<PostgresException>(() => Add(database, client: null));
        Assert.Equal(PostgresErrorCodes.NotNullViolation, refusal.SqlState);
    }

    [Fact]
    public async Task The_token_follows_from_the_id_and_can_not_be_set()
    {
        await using var database = await TestDatabase.Create();
        var id = await Add(database);
        Assert.Equal($"req_{id:N}", await database.Scalar<string>("select token from queue_requests"));
        await Assert.ThrowsAsync<PostgresException>(() => database.Execute("update queue_requests set token = 'req_mine'"));
    }

    [Fact]
    public async Task The_model_has_no_change_that_no_migration_makes_and_migrating_twice_is_harmless()
    {
        await using var database = await TestDatabase.Create();
        await using var context = new RiqDbContext(RiqDbContext.Options(database.ConnectionString));
        Assert.False(context.Database.HasPendingModelChanges());
        Assert.Empty(await context.Database.GetPendingMigrationsAsync());
        await Add(database);
        await Database.Migrate(database.ConnectionString, CancellationToken.None);
        Assert.Equal(1, await database.Scalar<long>("select count(*) from queue_requests"));
    }

    [Fact]
    public async Task The_names_in_the_database_are_snake_case()
    {
        await using var database = await TestDatabase.Create();
        var names = await database.List("select table_name || '.' || column_name from information_schema.columns where table_schema = 'public' and table_name <> '__EFMigrationsHistory'", r => r.GetString(0));
        Assert.Contains("queue_requests.idempotency_key", names);
        Assert.All(names, n => Assert.Matches("^[a-z_.]+[0-9]*$", n));
    }

    static async Task<Guid> Add(TestDatabase database, string? client = "local", string priority = "normal", string status = "queued", string? key = null, string step = "execute")
    {
        var id = Guid.CreateVersion7();
        await database.Execute(Insert, id, (object?)client ?? DBNull.Value, priority, status, (object?)key ?? DBNull.Value, step);
        return id;
    }
}
