using Riq.Api.Security;
using Riq.Contracts;

namespace Riq.Api.Gateway;

/// <summary>Puts the gateway of this process into its host.</summary>
static class GatewayRegistration
{
    /// <summary>Registers <see cref="IQueueGateway"/> on behalf of the client that everybody is without keys.</summary>
    public static IServiceCollection AddInProcessGateway(this IServiceCollection services) => services
        .AddSingleton<InProcessAnswers>()
        .AddSingleton<IQueueGateway>(p => ActivatorUtilities.CreateInstance<InProcessQueueGateway>(p, ApiKeys.LocalClient));
}
