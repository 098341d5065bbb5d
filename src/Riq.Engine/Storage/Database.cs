using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Riq.Engine.Storage;

/// <summary>The connections to Postgres.</summary>
public sealed class Database : IAsyncDisposable
{
    // Planned once for a connection: each time anew would cost more than running a statement with a few rows. A generic plan made while the tables
    // are small would keep its sequential scans and hash joins until the next ANALYZE. Nothing here runs long enough to be worth compiling,
    // or the 20 ms that it takes to start the processes of a parallel plan, which Postgres chooses once the tables are large.
    const string PlanGuard = "-c plan_cache_mode=force_generic_plan -c jit=off -c max_parallel_workers_per_gather=0 -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /// <summary>"riqm" in ASCII; held for as long as the connection lives.</summary>
    const long MigrationLock = 0x7269716D;

    /// <summary>The application name of connections that hold, or wait for, the leader's lock.</summary>
    public const string LeaderName = "riq-leader";

    /// <summary>The application name of all other connections of RIQ's processes.</summary>
    public const string Name = "riq";

    // Later ones than this version knows are no hindrance: a schema only grows from one version to the next.
    static readonly string NewestMigration = typeof(Database).Assembly.GetTypes().Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id).Max(StringComparer.Ordinal)!;

    readonly string _connectionString;

    public Database(string connectionString)
    {
        var hot = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = Name,
            MaxAutoPrepare = 60,
            AutoPrepareMinUsages = 1,
            NoResetOnClose = true,
            // A commit that is cut off by a command timeout may or may not have happened; a dead connection is noticed by keep-alive instead.
            CommandTimeout = 0,
            KeepAlive = 10,
            Timeout = 5,
        };
        _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = Name }.ConnectionString;
        Hot = Named("hot", WithOptions(hot, PlanGuard));
        // Not flushed: a deletion lost in a crash means one more publication, which the fenced claim drops.
        HotUnflushed = Named("hot-unflushed", WithOptions(hot, PlanGuard + " -c synchronous_commit=off"));
        Plain = Named("plain", _connectionString);
    }

    /// <summary>For the statements of a request's way: prepared, plans guarded.</summary>
    public NpgsqlDataSource Hot { get; }

    /// <summary>The same, for changes whose loss in a crash does no harm.</summary>
    public NpgsqlDataSource HotUnflushed { get; }

    /// <summary>For everything that people ask for now and then: lists, sweeps.</summary>
    public NpgsqlDataSource Plain { get; }

    /// <summary>
    /// A connection outside any pool, for a lock that lives as long as the connection. Postgres ends it when nothing was heard
    /// for a while: a process that stands still keeps its connections, and must not keep the lock.
    /// </summary>
    public NpgsqlConnection Unpooled() => new(WithOptions(new(_connectionString) { Pooling = false, KeepAlive = 5, ApplicationName = LeaderName }, "-c idle_session_timeout=10s"));

    /// <summary>Creates or upgrades the schema, and gives the processes' roles their rights in it (<see cref="TableRules"/>). Runs at the same time take turns.</summary>
    public static async Task Migrate(string connectionString, CancellationToken cancellation)
    {
        // Entity Framework's own lock ends with each migration's transaction: another run gets in between two of them.
        await using var turn = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await turn.OpenAsync(cancellation);
        await using var wait = new NpgsqlCommand($"select pg_advisory_lock({MigrationLock})", turn);
        await wait.ExecuteNonQueryAsync(cancellation);
        await using var context = new RiqDbContext(RiqDbContext.Options(connectionString));
        await context.Database.MigrateAsync(cancellation);
        await using var rights = new NpgsqlCommand(TableRules.Sql, turn);
        await rights.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Whether the server answers within <paramref name="limit"/>, and has the schema of this version or a later one.</summary>
    public async Task<bool> Answers(TimeSpan limit, CancellationToken cancellation) => await Problem(limit, cancellation) is null;

    /// <summary>Why the server can't be worked with, for a log; null: it can.</summary>
    public async Task<string?> Problem(TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            await using var command = Plain.CreateCommand($"select migration_id from \"{HistoryRepository.DefaultTableName}\" where migration_id = $1").With(NewestMigration);
            return await command.ExecuteScalarAsync(cancellation).WaitAsync(limit, cancellation) is null
                ? "the schema is older than this version of RIQ; the migration brings it up to date (./riq migrate, or Riq.Api migrate as its owner)" : null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable) { return "the schema is not there; the migration makes it (./riq migrate, or Riq.Api migrate as its owner)"; }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { return $"{e.MessageText}; the migration grants the roles riq_api and riq_worker their rights (./riq migrate, or Riq.Api migrate as the owner)"; }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException) { return Reasons.Of(e); }
    }

    /// <summary>Whether the server is away, starting, stopping, out of room or without the schema yet, and not that it refuses what it was asked: that is a fault of RIQ.</summary>
    public static bool IsOutage(Exception e) => e switch
    {
        PostgresException refused => refused.IsTransient || refused.SqlState.AsSpan(0, 2) is "08" or "40" or "53" or "57" or "58" || refused.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.UndefinedTable,
        NpgsqlException or TimeoutException or IOException => true,
        _ => false,
    };

    public async ValueTask DisposeAsync()
    {
        await Hot.DisposeAsync();
        await HotUnflushed.DisposeAsync();
        await Plain.DisposeAsync();
    }

    // Npgsql's metrics show the name; without one they show the connection string.
    static NpgsqlDataSource Named(string name, string connectionString) => new NpgsqlDataSourceBuilder(connectionString) { Name = name }.Build();

    static string WithOptions(NpgsqlConnectionStringBuilder builder, string options) =>
        new NpgsqlConnectionStringBuilder(builder.ConnectionString) { Options = $"{builder.Options} {options}".Trim() }.ConnectionString;
}
