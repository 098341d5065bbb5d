using System.Net.Http.Headers;
using System.Text;
using Riq.Contracts;

namespace Riq.Adapters.Configuration;

/// <summary>Credentials that stand in the configuration and never change while the process runs.</summary>
sealed class ConfiguredCredentials(IReadOnlyDictionary<string, AuthOptions> byService) : ICredentialSource
{
    public ValueTask<AuthenticationHeaderValue?> Authorization(string service, CancellationToken cancellation) =>
        ValueTask.FromResult(byService.TryGetValue(service, out var auth) ? HeaderOf(auth) : null);

    static AuthenticationHeaderValue? HeaderOf(AuthOptions auth) => auth.Type switch
    {
        AuthOptions.Basic => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.User}:{auth.Secret}"))),
        AuthOptions.Bearer => new("Bearer", auth.Secret),
        AuthOptions.None => null,
        _ => throw new CredentialUnavailableException($"Tokens of type {auth.Type} need the engine's token manager.", TimeSpan.FromMinutes(1)),
    };
}
