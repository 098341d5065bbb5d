using System.Net.Http.Headers;
using System.Text;

namespace Riq.Engine.Tokens;

/// <summary>The header that calls carry, made once for each credential: whoever is refused says by its header which one that was.</summary>
sealed class CredentialHeader(AuthSettings auth)
{
    AuthenticationHeaderValue? _value;

    /// <summary>The grant that the header is made of.</summary>
    public Grant? Grant { get; private set; }

    public bool IsOf(AuthenticationHeaderValue header) => _value is not null && ReferenceEquals(header, _value);

    public AuthenticationHeaderValue Of(Grant grant)
    {
        if (Grant is null || Grant.Access != grant.Access) (Grant, _value) = (grant, Make(grant.Access!));
        return _value!;
    }

    /// <summary>One apart, for a single try.</summary>
    public AuthenticationHeaderValue Make(string access) => auth.Type == AuthSettings.ApiToken ? new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(access))) : new("Bearer", access);
}
