using Microsoft.Extensions.DependencyInjection;
using Riq.Client;
using Riq.Contracts;
using Riq.IntegrationTests.Api;

namespace Riq.IntegrationTests.Gateway;

public sealed class HttpGatewayTests(RunningCluster cluster) : QueueGatewaySuite(cluster), IClassFixture<RunningCluster>
{
    ServiceProvider _application = null!;

    // Many waits in a row instead of one: a second each.
    protected override Task<IQueueGateway> Open()
    {
        _application = new ServiceCollection().AddRiqClient(o => (o.Url, o.LongPoll) = (Cluster.Api.Http.BaseAddress, TimeSpan.FromSeconds(1))).BuildServiceProvider();
        return Task.FromResult(_application.GetRequiredService<IQueueGateway>());
    }

    public override async Task DisposeAsync() => await _application.DisposeAsync();
}
