using Riq.Api.Http;

namespace Riq.Api.Security;

/// <summary>
/// Lets a call through to its endpoint when its caller has one of the scopes that the endpoint declares
/// (<see cref="Access"/>). The caller is known by a key (<c>Authorization: Bearer</c> or <c>X-API-Key</c>).
/// </summary>
sealed partial class Authentication(RequestDelegate next, KeyRing keys, ILogger<Authentication> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        // Where nothing is mapped there is nothing to guard; routing's own refusals (405) are no routes.
        if (http.GetEndpoint() is not RouteEndpoint endpoint) await next(http);
        else if (endpoint.Metadata.GetMetadata<Access>() is not { } access) await Undeclared(http, endpoint);
        else if (access.AnyOf == Engine.Security.Scopes.None) await next(http);
        else if (await keys.Find(KeyOf(http.Request)) is not { } caller) await Unknown(http);
        else if (!caller.May(access.AnyOf)) await Problems.Forbidden(access.AnyOf, caller.Scopes).Answer().ExecuteAsync(http);
        else
        {
            caller.Enter(http);
            await next(http);
        }
    }

    /// <summary>The client of a call that was let through.</summary>
    public static string ClientOf(HttpContext http) => Caller.Of(http).Client;

    static Task Unknown(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Unauthorized().ExecuteAsync(http);
    }

    Task Undeclared(HttpContext http, Endpoint endpoint)
    {
        NoAccessDeclared(log, endpoint.DisplayName);
        return Problems.Internal().Answer().ExecuteAsync(http);
    }

    static string? KeyOf(HttpRequest request)
    {
        const string bearer = "Bearer ";
        string? authorization = request.Headers.Authorization;
        if (authorization is not null && authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)) return authorization[bearer.Length..].Trim();
        return request.Headers.TryGetValue("X-API-Key", out var key) ? key.ToString() : null;
    }

    [LoggerMessage(310, LogLevel.Error, "{Endpoint} does not declare who may call it and answers nobody; this is a fault of RIQ.")]
    static partial void NoAccessDeclared(ILogger log, string? endpoint);
}
