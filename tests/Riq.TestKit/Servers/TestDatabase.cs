using Npgsql;
using Riq.Engine.Storage;

namespace Riq.TestKit.Servers;

/// <summary>A database of its own, cloned from a migrated template in milliseconds, dropped at the end.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    // One template per process: test programs that run at the same time don't share it.
    static readonly string TemplateName = $"riq_template_{Environment.ProcessId}";
    static readonly Lazy<Task> Template = new(MakeTemplate);

    const int RolesLock = 4711;

    // The test's own look into the database: a connection for each question would cost more than the question.
    readonly NpgsqlDataSource _source;

    TestDatabase(string name)
    {
        ConnectionString = Named(name);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = true, MaxPoolSize = 4, ApplicationName = "riq-test" });
    }

    public string ConnectionString { get; }

    public string Name => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    public static async Task<TestDatabase> Create()
    {
        await Template.Value;
        var name = $"riq_test_{Guid.NewGuid():N}";
        await Administer($"create database {name} template {TemplateName}");
        return new(name);
    }

    /// <summary>The same database by way of a proxy or another port, with the rights of an API process or a worker.</summary>
    public string Through(int port, bool api) => new NpgsqlConnectionStringBuilder(As(api)) { Host = "127.0.0.1", Port = port }.ConnectionString;

    /// <summary>The same database with the rights of an API process or a worker.</summary>
    public string As(bool api) => new NpgsqlConnectionStringBuilder(ConnectionString) { Username = api ? "riq_api" : "riq_worker" }.ConnectionString;

    public async Task<T> Scalar<T>(string sql, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> Execute(string sql, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<List<T>> List<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await Administer($"drop database if exists {Name} with (force)");
    }

    NpgsqlCommand Command(string sql, object[] parameters)
    {
        var command = _source.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return command;
    }

    static async Task MakeTemplate()
    {
        // The roles belong to the server: another test program may make them at the same moment.
        await Administer($"""
            select pg_advisory_lock({RolesLock});
            do $$ declare r text; begin
              foreach r in array array['riq_api', 'riq_worker'] loop
                if not exists (select from pg_roles where rolname = r) then execute format('create role %I login', r); end if;
              end loop;
            end $$
            """);
        await Administer($"drop database if exists {TemplateName} with (force)");
        await Administer($"create database {TemplateName}");
        await Database.Migrate(Named(TemplateName), CancellationToken.None);
    }

    static string Named(string database) => new NpgsqlConnectionStringBuilder(TestServers.Postgres) { Database = database, Pooling = false }.ConnectionString;

    static async Task Administer(string sql)
    {
        await using var connection = new NpgsqlConnection(Named("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
