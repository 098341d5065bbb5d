using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Riq.UnitTests.Api;

/// <summary>Calls without a server: contexts to hand to the parts of the interface, and what they answered.</summary>
static class Http
{
    public static DefaultHttpContext Call(string query = "", string? body = null, string? contentType = "application/json", params (string Name, string Value)[] headers) =>
        Call(query, body is null ? null : Encoding.UTF8.GetBytes(body), contentType, headers);

    public static DefaultHttpContext Call(string query, byte[]? body, string? contentType, params (string Name, string Value)[] headers)
    {
        var http = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        http.Request.QueryString = new(query);
        http.Request.Path = "/api/queue/requests";
        http.Request.Body = new MemoryStream(body ?? []);
        http.Request.ContentType = contentType;
        foreach (var (name, value) in headers) http.Request.Headers[name] = StringValues.Concat(http.Request.Headers[name], value);
        http.Response.Body = new MemoryStream();
        return http;
    }

    /// <summary>Runs the result and reads the JSON that it wrote.</summary>
    public static async Task<JsonElement> Answer(this DefaultHttpContext http, IResult result)
    {
        await result.ExecuteAsync(http);
        return http.Written();
    }

    public static JsonElement Written(this DefaultHttpContext http) => JsonSerializer.Deserialize<JsonElement>(((MemoryStream)http.Response.Body).ToArray());
}
