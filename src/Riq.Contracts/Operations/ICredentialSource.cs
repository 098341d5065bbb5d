using System.Net.Http.Headers;

namespace Riq.Contracts;

/// <summary>Hands adapters the credential to call a service with.</summary>
public interface ICredentialSource
{
    /// <summary>The <c>Authorization</c> header for the service, valid now; null when the service needs none (a simulator).</summary>
    ValueTask<AuthenticationHeaderValue?> Authorization(string service, CancellationToken cancellation);
}
