using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Sweepers;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Reads;

/// <summary>A day's writes are not read at once to find those that are older.</summary>
public sealed class ChangedTagSweeperTests
{
    const string Add = "insert into cache_tags(tag, changed_by, changed_at) select $1 || n, pg_current_xact_id(), now() - $2 from generate_series(1, $3) n";
    const int Old = 60_000;

    [Fact]
    public async Task Old_ones_go_a_few_pages_at_a_time_and_young_ones_stay()
    {
        await using var riq = await RiqCluster.Create();
        // Nobody else sweeps.
        await using var led = await HeldLock.Take(riq.Database, "select pg_advisory_lock($1)", Leader.LockKey);
        var sweeper = (await riq.StartWorker()).Services.GetServices<ISweeper>().Single(s => s.Name == "changed_tags");
        await riq.Database.Execute(Add, "before:", TimeSpan.Zero, 100);
        await riq.Database.Execute(Add, "old:", TimeSpan.FromDays(30), Old);
        await riq.Database.Execute(Add, "behind:", TimeSpan.Zero, 100);
        var pages = await riq.Database.Scalar<long>("select pg_relation_size('cache_tags') / 8192");

        await sweeper.Sweep(TimeSpan.FromDays(1), default);
        var left = await Left();
        Assert.InRange(left, 1, Old - 1);
        var sweeps = 1;
        for (; left > 0 && sweeps < 20; sweeps++)
        {
            await sweeper.Sweep(TimeSpan.FromDays(1), default);
            left = await Left();
        }
        Assert.Equal((0L, (pages + 255) / 256), (left, (long)sweeps));
        Assert.Equal(200, await riq.Database.Scalar<long>("select count(*) from cache_tags"));

        // And from the beginning again.
        await riq.Database.Execute("update cache_tags set changed_at = now() - interval '30 days' where tag like 'before:%'");
        for (var n = 0; n < 2 * sweeps; n++) await sweeper.Sweep(TimeSpan.FromDays(1), default);
        Assert.Equal(100, await riq.Database.Scalar<long>("select count(*) from cache_tags"));

        Task<long> Left() => riq.Database.Scalar<long>("select count(*) from cache_tags where tag like 'old:%'");
    }
}
