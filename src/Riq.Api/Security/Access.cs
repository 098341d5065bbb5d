using Riq.Engine.Security;

namespace Riq.Api.Security;

/// <summary>Who may call an endpoint, as metadata of the endpoint itself. One without it answers nobody.</summary>
/// <param name="AnyOf">One of these scopes is enough; none: everybody may, also without a key.</param>
sealed record Access(Scopes AnyOf);

/// <summary>How an endpoint says it: <c>queue.MapPost(…).Needs(Scopes.Operate)</c>, on itself or on its group.</summary>
static class AccessMetadata
{
    /// <summary>One of the scopes is enough.</summary>
    public static T Needs<T>(this T endpoints, Scopes anyOf) where T : IEndpointConventionBuilder => endpoints.WithMetadata(new Access(anyOf));

    /// <summary>For what is no secret: probes, metrics, documentation.</summary>
    public static T NeedsNoKey<T>(this T endpoints) where T : IEndpointConventionBuilder => endpoints.WithMetadata(new Access(Scopes.None));
}
