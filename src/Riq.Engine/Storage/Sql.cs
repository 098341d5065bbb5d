using Npgsql;

namespace Riq.Engine.Storage;

static class Sql
{
    /// <summary>A positional parameter of exactly this type, without boxing.</summary>
    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>A positional parameter of exactly this type, without boxing.</summary>
    public static NpgsqlBatchCommand With<T>(this NpgsqlBatchCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    public static void Add(this NpgsqlBatch batch, IEnumerable<NpgsqlBatchCommand> commands)
    {
        foreach (var command in commands) batch.BatchCommands.Add(command);
    }

    public static async Task<int> Run(this NpgsqlCommand command, CancellationToken cancellation = default)
    {
        await using (command) return await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task<List<T>> List<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation = default)
    {
        await using (command)
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
            return rows;
        }
    }

    /// <summary>The rows of all statements of the batch that give rows of this shape; the others must give none.</summary>
    public static async Task<List<T>> List<T>(this NpgsqlBatch batch, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        await using var reader = await batch.ExecuteReaderAsync();
        do
            while (await reader.ReadAsync()) rows.Add(read(reader));
        while (await reader.NextResultAsync());
        return rows;
    }

    public static string? Text(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
    public static DateTime? Time(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDateTime(column);
    public static double? Number(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
    public static int? Int(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
