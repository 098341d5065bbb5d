using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Tokens;

namespace Riq.Api.Services;

/// <summary>
/// The body of a new grant: <c>secret</c> and perhaps <c>user</c> for an API token, <c>secret</c> for a bearer token, for both
/// perhaps <c>expires_at</c>; <c>refresh_token</c> for OAuth, nothing for client credentials (the configured app is asked again). Problems never quote a value.
/// </summary>
static class GrantBody
{
    const int MaxLength = 16 * 1024;

    /// <summary>What is stored.</summary>
    public readonly record struct Given(string? Access, string? Refresh, DateTimeOffset? ExpiresAt);

    public static Given Read(JsonElement body, AuthSettings auth, ProblemList problems)
    {
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be a JSON object."); return default; }
        string[] known = auth.Type switch { AuthSettings.ApiToken => ["user", "secret", "expires_at"], AuthSettings.Bearer => ["secret", "expires_at"], AuthSettings.OAuthRefresh => ["refresh_token"], _ => [] };
        foreach (var field in body.EnumerateObject())
            if (!known.Contains(field.Name)) problems.Add(ProblemList.Printable(field.Name), known.Length == 0 ? $"is not taken for {auth.Type}: send an empty object." : $"is not taken for {auth.Type}; its fields are: {string.Join(", ", known)}.");

        var user = body.TryGetProperty("user", out _) ? Text(body, "user", problems) : auth.User;
        if (user.Contains(':')) problems.Add("user", "must not contain a colon.");
        return auth.Type switch
        {
            AuthSettings.ApiToken => new($"{user}:{Text(body, "secret", problems)}", null, Time(body, "expires_at", problems)),
            AuthSettings.Bearer => new(Token(body, "secret", problems), null, Time(body, "expires_at", problems)),
            AuthSettings.OAuthRefresh => new(null, Token(body, "refresh_token", problems), null),
            _ => default,
        };
    }

    static DateTimeOffset? Time(JsonElement body, string field, ProblemList problems)
    {
        if (!body.TryGetProperty(field, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time)) return time;
        problems.Add(field, "must be an ISO 8601 time, e.g. 2027-03-31T00:00:00Z.");
        return null;
    }

    static string Token(JsonElement body, string field, ProblemList problems)
    {
        var text = Text(body, field, problems);
        if (text.Any(c => c is <= ' ' or > '~')) problems.Add(field, "must be ASCII without blanks.");
        return text;
    }

    static string Text(JsonElement body, string field, ProblemList problems)
    {
        if (!body.TryGetProperty(field, out var value)) problems.Add(field, "is missing.");
        else if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 and <= MaxLength } text) problems.Add(field, $"must be a text of 1 to {MaxLength:N0} characters.");
        else if (text.Any(char.IsControl)) problems.Add(field, "must not contain line breaks or other control characters.");
        else return text;
        return "";
    }
}
