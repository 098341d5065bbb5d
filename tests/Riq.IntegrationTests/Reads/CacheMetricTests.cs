using Microsoft.AspNetCore.Builder;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Reads;

/// <summary>The hit ratio that operators see.</summary>
[Collection(AloneCollection.Name)]
public sealed class CacheMetricTests
{
    [Fact]
    public async Task Each_read_counts_once_by_what_the_cache_did_for_it()
    {
        await using var riq = await RiqCluster.Start();
        var items = new Items(riq.Service);
        var before = await Counts(riq.Api.Host);

        await riq.Api.Read();                                                        // miss
        for (var i = 0; i < 3; i++) await riq.Api.Ask();                             // hits
        await riq.Api.End((await riq.Api.Ask(more: new { fresh = true })).Token());  // bypass
        await riq.Api.Change("a", 1);                                                // no read
        await riq.Api.Read();                                                        // miss
        using (await riq.Api.Post("/api/queue/services/fake/circuit", new { state = "open" })) { }
        await riq.Database.Execute("update read_cache set expires_at = now() - interval '1 second'");
        Assert.Equal("cached", (await riq.Api.Ask(more: new { stale_if_error = 3600 })).Status());   // stale

        var after = await Counts(riq.Api.Host);
        Assert.Equal([3, 2, 1, 1, 4, 4], after.Zip(before, (a, b) => a - b));
    }

    static async Task<double[]> Counts(WebApplication host) => await Task.WhenAll(
        new[] { "cache_requests_total{outcome=\"hit\"}", "cache_requests_total{outcome=\"miss\"}", "cache_requests_total{outcome=\"bypass\"}", "cache_requests_total{outcome=\"stale\"}", "routing_total{path=\"CACHED\"}", "routing_total{path=\"QUEUED\"}" }
            .Select(async name => await host.Metric($"riq_{name}") ?? 0));
}
