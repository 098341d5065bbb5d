using Riq.Api.Http;

namespace Riq.Api.Security;

/// <summary>Finds the client by its key: <c>Authorization: Bearer &lt;key&gt;</c> or <c>X-API-Key: &lt;key&gt;</c>.</summary>
sealed class Authentication(ApiKeys keys) : IEndpointFilter
{
    static readonly object ClientKey = new();

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var client = keys.None ? ApiKeys.LocalClient : KeyOf(http.Request) is { } key ? keys.ClientOf(key) : null;
        if (client is null)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return new(Problems.Unauthorized());
        }
        http.Items[ClientKey] = client;
        return next(context);
    }

    /// <summary>The client of a request that has passed the filter.</summary>
    public static string ClientOf(HttpContext http) => (string)http.Items[ClientKey]!;

    static string? KeyOf(HttpRequest request)
    {
        const string bearer = "Bearer ";
        string? authorization = request.Headers.Authorization;
        if (authorization is not null && authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)) return authorization[bearer.Length..].Trim();
        return request.Headers.TryGetValue("X-API-Key", out var key) ? key.ToString() : null;
    }
}
