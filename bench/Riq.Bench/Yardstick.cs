using System.Diagnostics;
using Npgsql;

namespace Riq.Bench;

/// <summary>What this machine's Postgres does without RIQ: one commit of two rows per client and round trip, 16 clients.</summary>
static class Yardstick
{
    const int Clients = 16;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task<double> Run(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = true, MaxAutoPrepare = 10, AutoPrepareMinUsages = 1 }.ConnectionString);
        await source.CreateCommand("create table if not exists yardstick_a(id bigserial primary key, text text); create table if not exists yardstick_b(id bigint primary key, text text)").ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Client(source, watch)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    static async Task<int> Client(NpgsqlDataSource source, Stopwatch watch)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var insert = new NpgsqlCommand("with a as (insert into yardstick_a(text) values ('a row of the yardstick') returning id) insert into yardstick_b select id, 'and its companion' from a", connection);
        var count = 0;
        for (; watch.Elapsed < Duration; count++) await insert.ExecuteNonQueryAsync();
        return count;
    }
}
