using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.IntegrationTests.Api;

namespace Riq.IntegrationTests.Gateway;

public sealed class InProcessGatewayTests(RunningCluster cluster) : QueueGatewaySuite(cluster), IClassFixture<RunningCluster>
{
    protected override Task<IQueueGateway> Open() => Task.FromResult(Cluster.Api.Host.Services.GetRequiredService<IQueueGateway>());
}
