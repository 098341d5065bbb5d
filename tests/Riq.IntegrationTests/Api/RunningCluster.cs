using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Api;

/// <summary>One API and one worker for all tests of a class.</summary>
public sealed class RunningCluster : IAsyncLifetime
{
    public RiqCluster Riq { get; private set; } = null!;
    public RiqApi Api => Riq.Api;
    public FakeService Service => Riq.Service;

    public async Task InitializeAsync() => Riq = await RiqCluster.Start();

    public async Task DisposeAsync() => await Riq.DisposeAsync();
}

/// <summary>One API without any worker: what is submitted stays queued.</summary>
public sealed class IdleCluster : IAsyncLifetime
{
    public RiqCluster Riq { get; private set; } = null!;
    public RiqApi Api => Riq.Api;

    public Task<long> Rows() => Riq.Database.Scalar<long>("select count(*) from queue_requests");

    public async Task InitializeAsync()
    {
        Riq = await RiqCluster.Create();
        await Riq.StartApi();
    }

    public async Task DisposeAsync() => await Riq.DisposeAsync();
}
