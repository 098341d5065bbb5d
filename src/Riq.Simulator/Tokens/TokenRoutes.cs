using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Tokens;

/// <summary>The authorization server: <c>/oauth/token</c> and the list of sites that a token opens.</summary>
sealed class TokenRoutes(TokenService tokens)
{
    public const string Path = "/oauth/token";

    const string Scopes = "read:jira-work write:jira-work read:page:confluence write:page:confluence offline_access";

    public void Map(RouteTable routes) => routes.Group(Product.Auth)
        .Write("POST", Path, Token)
        .Read($"{Path}/accessible-resources", AccessibleResources);

    Answer Token(Call call)
    {
        var issued = Parameter(call, "grant_type") switch
        {
            "authorization_code" => Parameter(call, "code") is { Length: > 0 } ? tokens.Grant() : null,
            "client_credentials" => tokens.ForClient(),
            "refresh_token" => tokens.Refresh(Parameter(call, "refresh_token") ?? ""),
            var other => throw new SiteException(400, new JsonObject { ["error"] = "unsupported_grant_type", ["error_description"] = $"grant_type '{other}' is not supported." }),
        };
        if (issued is null) return new(403, new JsonObject { ["error"] = "invalid_grant", ["error_description"] = "Unknown or invalid refresh token." });
        call.Committed = true;
        var json = new JsonObject { ["access_token"] = issued.Access, ["token_type"] = "Bearer", ["expires_in"] = issued.ExpiresInSeconds, ["scope"] = Scopes };
        if (issued.Refresh is { } refresh) json["refresh_token"] = refresh;
        return Answer.Ok(json);
    }

    static Answer AccessibleResources(Call call) => Answer.Ok(new JsonArray(new JsonObject
    {
        ["id"] = call.Settings.Tokens.CloudId, ["url"] = call.Origin, ["name"] = "simulated",
        ["scopes"] = new JsonArray([.. Scopes.Split(' ').Select(s => (JsonNode)s)]), ["avatarUrl"] = $"{call.Origin}/avatar/site",
    }));

    static string? Parameter(Call call, string name)
    {
        if (call.FormText.Length > 0) return QueryHelpers.ParseQuery(call.FormText).TryGetValue(name, out var values) ? values.ToString() : null;
        return call.Body.ValueKind == JsonValueKind.Object && call.Body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
