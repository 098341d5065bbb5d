using System.Text;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Tokens;

namespace Riq.Simulator.Accounts;

/// <summary>Who calls. Every product call needs an Authorization header; what it must hold is up to the token settings.</summary>
sealed class Authentication(TokenService tokens)
{
    /// <summary>The refusal that the call deserves, or null after setting its account.</summary>
    public Answer? Refuse(Call call)
    {
        var header = call.Http.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return RefuseBearer(call, header[7..].Trim());
        if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return RefuseBasic(call, header[6..].Trim());
        return Unauthorized(call, "Client must be authenticated to access this resource.");
    }

    Answer? RefuseBearer(Call call, string token)
    {
        if (call.Settings.Tokens.Enforced && !tokens.IsLive(token)) return (tokens.IsKnown(token) ? EndedCredentials.Answer(call) : null) ?? Unauthorized(call, "Unauthorized");
        (call.Account, call.IsApp) = (AccountDirectory.Integration, true);
        return null;
    }

    static Answer? RefuseBasic(Call call, string encoded)
    {
        var buffer = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, buffer, out var length)) return Unauthorized(call, "Basic authentication failed: not base64.");
        var credentials = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = credentials.IndexOf(':');
        if (colon < 1) return Unauthorized(call, "Basic authentication failed: not email:token.");

        var account = AccountDirectory.Find(credentials[..colon]);
        if (call.Settings.Tokens.ApiTokenEnforced && (account is null || credentials[(colon + 1)..] != call.Settings.Tokens.ApiToken))
            return (account is null ? null : EndedCredentials.Answer(call)) ?? Unauthorized(call, "Basic authentication with passwords is deprecated or the API token is unknown.");
        call.Account = account ?? AccountDirectory.Integration;
        return null;
    }

    static Answer Unauthorized(Call call, string message) =>
        new Answer(401, call.Route.Product == Product.Confluence || call.Http.Request.PathBase.HasValue
            ? new JsonObject { ["code"] = 401, ["message"] = message }
            : new JsonObject { ["errorMessages"] = new JsonArray(message), ["errors"] = new JsonObject() })
        .With(KeyValuePair.Create("WWW-Authenticate", "OAuth realm=\"simulated\""));
}
