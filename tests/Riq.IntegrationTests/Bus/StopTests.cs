using Riq.IntegrationTests.Cluster;
using Xunit;

namespace Riq.IntegrationTests.Bus;

/// <summary>Processes that are stopped while they start.</summary>
public sealed class StopTests
{
    const int Rounds = 5, AtOnce = 10;

    [Fact]
    public async Task A_worker_that_is_stopped_before_its_endpoints_are_declared_ends()
    {
        await using var riq = await RiqCluster.Create();
        for (var round = 0; round < Rounds; round++)
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async w => await riq.Stop(await riq.StartWorker($"worker-{w}"))));
    }

    [Fact]
    public async Task An_api_that_is_stopped_before_its_endpoints_are_declared_ends()
    {
        await using var riq = await RiqCluster.Create();
        for (var round = 0; round < Rounds; round++)
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ => await riq.Stop((await riq.StartApi()).Host)));
    }
}
