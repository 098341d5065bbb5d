using System.Net.Http.Headers;

namespace Riq.Contracts;

/// <summary>Hands adapters the credential to call a service with, and hears what the service says of it.</summary>
public interface ICredentialSource
{
    /// <summary>
    /// The <c>Authorization</c> header for the service, valid now; null when the service needs none (a simulator).
    /// Throws <see cref="CredentialUnavailableException"/> when there is none to try at the moment.
    /// </summary>
    ValueTask<AuthenticationHeaderValue?> Authorization(string service, CancellationToken cancellation);

    /// <summary>
    /// The service refused <paramref name="refused"/> (a 401, or what <see cref="HasEnded"/> makes a refusal), the very instance that <see cref="Authorization"/> gave.
    /// Gets another credential where that is possible; where it is not, the service's work waits from now on.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="refused">The credential that it did not take.</param>
    /// <param name="again">Whether this call was refused before, with another credential.</param>
    /// <param name="cancellation">The end of the call's time.</param>
    ValueTask<CredentialRefusal> Refused(string service, AuthenticationHeaderValue refused, bool again, CancellationToken cancellation) => ValueTask.FromResult(CredentialRefusal.Final);

    /// <summary>
    /// Whether the end of <paramref name="used"/>, the very instance that <see cref="Authorization"/> gave, has passed. A gateway
    /// may answer 403 or 404 to such a credential.
    /// </summary>
    bool HasEnded(string service, AuthenticationHeaderValue used) => false;

    /// <summary>The service took <paramref name="accepted"/>, the very instance that <see cref="Authorization"/> gave.</summary>
    void Accepted(string service, AuthenticationHeaderValue accepted) { }
}

/// <summary>What follows from a refused credential.</summary>
/// <param name="HasAnother">Whether the same call may be made once more at once, with another credential.</param>
/// <param name="RetryAfter">When the credential is tried next; null when nobody knows.</param>
public readonly record struct CredentialRefusal(bool HasAnother, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether the service takes no credential that there is: somebody has to give another one.</summary>
    public bool NeedsAnother { get; init; }

    /// <summary>There is no other credential.</summary>
    public static CredentialRefusal Final => default;
}

/// <summary>There is no credential to call the service with at the moment; nothing was sent. The message holds no secret.</summary>
public sealed class CredentialUnavailableException(string message, TimeSpan retryAfter, bool refused = false) : Exception(message)
{
    /// <summary>Whether the service refused every credential that there is; otherwise there will be one by itself.</summary>
    public bool Refused { get; } = refused;

    /// <summary>When to ask again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
