using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Riq.Engine.Tokens;

/// <summary>What the token endpoint's answer means.</summary>
/// <param name="Tokens">Set on success.</param>
/// <param name="Error">What went wrong, without secrets.</param>
/// <param name="Refused">The grant or the app was refused: asking again changes nothing.</param>
sealed record TokenAnswer(NewTokens? Tokens, string? Error, bool Refused)
{
    /// <summary>No answer, or none that says anything: whether the token was spent is not known.</summary>
    public static TokenAnswer Unclear(string error) => new(null, error, false);
}

/// <summary>Asks a token endpoint for an access token, once. Never throws for what it or the network did.</summary>
sealed class TokenEndpoint : IDisposable
{
    const int MaxAnswerBytes = 64 * 1024;
    const int MaxTokenLength = 16 * 1024;

    // What an operator has to mend; everything else may pass by itself.
    static readonly string[] Refusals = ["invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "invalid_scope", "unsupported_grant_type"];

    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,   // a redirect would carry the client's secret to another host
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxResponseHeadersLength = 64,
    })
    { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };

    readonly TimeProvider _time;

    public TokenEndpoint(TimeProvider time) => _time = time;

    public async Task<TokenAnswer> Ask(AuthSettings auth, string? refreshToken, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(auth.RefreshTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var content = new StringContent(Body(auth, refreshToken).ToJsonString(), System.Text.Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, auth.TokenUrl) { Content = content };
            request.Headers.Accept.ParseAdd("application/json");
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            return Read((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(either.Token), refreshToken);
        }
        catch (OperationCanceledException) { return TokenAnswer.Unclear("The token endpoint did not answer in time."); }
        // Its message may quote what was sent.
        catch (Exception e) when (e is HttpRequestException or IOException) { return TokenAnswer.Unclear($"The token endpoint could not be reached or broke off ({(e as HttpRequestException)?.HttpRequestError.ToString() ?? e.GetType().Name})."); }
    }

    static JsonObject Body(AuthSettings auth, string? refreshToken)
    {
        var body = new JsonObject { ["grant_type"] = refreshToken is null ? "client_credentials" : "refresh_token", ["client_id"] = auth.ClientId, ["client_secret"] = auth.ClientSecret };
        if (refreshToken is not null) body["refresh_token"] = refreshToken;
        if (auth.Scope.Length > 0) body["scope"] = auth.Scope;
        return body;
    }

    /// <summary>Pure.</summary>
    public static TokenAnswer Read(int status, byte[] body, string? sentRefreshToken)
    {
        var json = Parse(body);
        if (status is >= 200 and < 300)
        {
            if (Text(json, "access_token") is not { } access || !IsHeaderText(access)) return TokenAnswer.Unclear($"The token endpoint's answer ({status}) holds no access_token.");
            var life = json.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out var given) ? given : 3_600;
            return new(new(access, Text(json, "refresh_token") ?? sentRefreshToken, RefreshTiming.Life(life)), null, false);
        }
        var error = Text(json, "error");
        var known = error is not null && Refusals.Contains(error);
        if (status == 401 || status is 400 or 403 && known) return new(null, $"The token endpoint refused: {(known ? error : "unauthorized")} ({status}).", true);
        // The endpoint's own words are shown only when they are one of its known codes: others might quote a secret.
        return TokenAnswer.Unclear(status is >= 300 and < 400 ? $"The token endpoint answered with a redirect ({status}), which is not followed. Check TokenUrl." : $"The token endpoint answered {status}.");
    }

    static JsonElement Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.Clone();
        }
        catch (JsonException) { return default; }
    }

    static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxTokenLength } text ? text : null;

    static bool IsHeaderText(string token) => token.All(c => c is > ' ' and <= '~');

    public void Dispose() => _http.Dispose();
}
