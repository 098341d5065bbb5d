using System.Collections.Concurrent;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Reads;

/// <summary>Once somebody has seen a change completed, nobody is answered with what was before, whatever is under way meanwhile.</summary>
public sealed class ReadAfterWriteTests
{
    const int Readers = 16;
    const int Changes = 3;
    static readonly int Reads = TestServers.Long ? 10_000 : 1_500;

    [Fact]
    public async Task No_api_process_shows_the_old_version_after_a_change_was_seen_completed()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 20);
        await riq.StartWorker("worker-1");
        await riq.StartWorker("worker-2");
        RiqApi[] apis = [await riq.StartApi(), await riq.StartApi()];
        var items = new Items(riq.Service);
        var seen = 0L;      // the newest version that somebody has seen completed
        var read = 0;
        var stale = new ConcurrentQueue<string>();

        var writer = Task.Run(async () =>
        {
            for (var version = 1L; Volatile.Read(ref read) < Reads || version <= Changes; version++)
            {
                await apis[version % 2].Change("a", version);
                Volatile.Write(ref seen, version);
            }
        });
        var readers = Enumerable.Range(0, Readers).Select(n => Task.Run(async () =>
        {
            for (var i = n; Interlocked.Increment(ref read) <= Reads || Volatile.Read(ref seen) < Changes; i++)
            {
                var atLeast = Volatile.Read(ref seen);
                var number = (await apis[i % 2].Read()).Number();
                if (number < atLeast) stale.Enqueue($"{number} after {atLeast} was seen");
            }
        }));
        await Task.WhenAll(readers.Append(writer));

        Assert.Empty(stale);
        var reads = riq.Service.Calls.Count(c => c.Operation.Name == "fake.get");
        Assert.InRange(reads, 1, read - 1 - Readers);   // some of them did come from the cache, else this proved nothing
        Assert.True(await riq.Database.Scalar<long>("select count(*) from queue_requests where cached_at is not null") > 0);
    }
}
