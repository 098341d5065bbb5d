using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Riq.Api.Page;

/// <summary>
/// The operators' page at <c>/</c>: static files inside the program, which know nothing but the REST interface. Everybody may load
/// them; what they show needs the key that is typed in.
/// </summary>
static class OperatorPage
{
    // Only what this program serves; scripts and styles as files, never as text within a page.
    const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
    const string Prefix = "page/";

    static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    sealed record File(byte[] Bytes, string Type, EntityTagHeaderValue Tag);

    public static void MapOperatorPage(this IEndpointRouteBuilder app)
    {
        var assembly = typeof(OperatorPage).Assembly;
        var files = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(n => n[Prefix.Length..], n => Read(assembly, n));
        app.MapGet("/", (HttpContext http) => Answer(http, files["index.html"]));
        app.MapGet("/page/{**name}", (HttpContext http, string name) => files.TryGetValue(name, out var file) ? Answer(http, file) : Microsoft.AspNetCore.Http.Results.NotFound());
    }

    // A browser asks each time whether its copy is still right: after an upgrade no old file meets a new one.
    static IResult Answer(HttpContext http, File file)
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = "no-cache";
        return Microsoft.AspNetCore.Http.Results.Bytes(file.Bytes, file.Type, entityTag: file.Tag);
    }

    static File Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new(bytes, Types[Path.GetExtension(name)], new($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\""));
    }
}
