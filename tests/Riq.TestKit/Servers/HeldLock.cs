using Npgsql;

namespace Riq.TestKit.Servers;

/// <summary>Locks of a test's own transaction: whoever wants them waits inside Postgres until it is disposed of.</summary>
public sealed class HeldLock : IAsyncDisposable
{
    readonly NpgsqlConnection _connection;
    readonly TestDatabase _database;

    HeldLock(NpgsqlConnection connection, TestDatabase database) => (_connection, _database) = (connection, database);

    /// <param name="database">Where.</param>
    /// <param name="sql">What takes the locks, such as <c>select … for update</c>.</param>
    /// <param name="parameters">$1, $2 …</param>
    public static async Task<HeldLock> Take(TestDatabase database, string sql, params object[] parameters)
    {
        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        await command.ExecuteNonQueryAsync();
        return new(connection, database);
    }

    /// <summary>Whether somebody waits for it at this moment.</summary>
    public Task<bool> IsWaitedFor() => _database.Scalar<bool>("select exists (select from pg_stat_activity where $1 = any (pg_blocking_pids(pid)))", _connection.ProcessID);

    // Closing the connection rolls its transaction back.
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
