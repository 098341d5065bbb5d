using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
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
        var version = Hash(string.Concat(files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + f.Value.Tag)));
        var index = Index(files, version);
        app.MapGet("/", (HttpContext http) => Answer(http, index, isOfVersion: false));
        app.MapGet("/page/{of}/{**name}", (HttpContext http, string of, string name) => files.TryGetValue(name, out var file) ? Answer(http, file, of == version) : Microsoft.AspNetCore.Http.Results.NotFound());
    }

    // The files' addresses have their version in them: a browser keeps them, and after an upgrade no old file meets a new one. It asks
    // again only for the page itself, and for files of another version than this process's: while processes are being replaced.
    static IResult Answer(HttpContext http, File file, bool isOfVersion)
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = isOfVersion ? "public, max-age=31536000, immutable" : "no-cache";
        return Microsoft.AspNetCore.Http.Results.Bytes(file.Bytes, file.Type, entityTag: file.Tag);
    }

    // All modules are asked for at once: found one by one, as each names the next, they would take a round trip for each level.
    static File Index(IReadOnlyDictionary<string, File> files, string version)
    {
        var modules = files.Keys.Where(n => n.EndsWith(".js", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => $"<link rel=\"modulepreload\" href=\"page/{n}\">\n");
        var html = Encoding.UTF8.GetString(files["index.html"].Bytes).Replace("</head>", string.Concat(modules) + "</head>", StringComparison.Ordinal).Replace("\"page/", $"\"page/{version}/", StringComparison.Ordinal);
        return Of(Encoding.UTF8.GetBytes(html), ".html");
    }

    static File Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Of(bytes, Path.GetExtension(name));
    }

    static File Of(byte[] bytes, string extension) => new(bytes, Types[extension], new($"\"{Hash(bytes)}\""));

    static string Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
}
