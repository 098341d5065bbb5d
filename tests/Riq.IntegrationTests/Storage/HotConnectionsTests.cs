using Riq.Engine.Storage;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Storage;

/// <summary>What a request's way asks of Postgres costs the same however much is stored.</summary>
public sealed class HotConnectionsTests
{
    /// <summary>Starting the processes of a parallel plan takes 20 ms, whatever they then do: more than all that a request costs.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_statement_starts_parallel_workers(bool unflushed)
    {
        await using var database = await TestDatabase.Create();
        // As a large table has it: the planner takes any chance.
        foreach (var setting in new[] { "parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size", "min_parallel_index_scan_size" })
            await database.Execute($"alter database \"{database.Name}\" set {setting} = 0");
        await using var connections = new Database(database.ConnectionString);
        await using var explain = (unflushed ? connections.HotUnflushed : connections.Hot).CreateCommand("explain select distinct on (status) * from request_events where xid > '3' order by status, xid");
        Assert.DoesNotContain("Gather", string.Join('\n', await explain.List(r => r.GetString(0))));
    }
}
