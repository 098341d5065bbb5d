using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Reads a list over as many of Confluence's pages as the limit needs, following <c>_links.next</c>.</summary>
sealed class PageLists(ServiceClient client)
{
    const int MaxCalls = 10;
    const string Context = "/wiki/";

    public async Task<AdapterResult<DocumentPage>> Read(string path, int limit, Func<JsonElement, IEnumerable<Document>> read, CancellationToken cancellation)
    {
        var documents = new List<Document>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var call = 1; ; call++)
        {
            seen.Add(path);
            var answer = await client.Send(Call.Get(path), cancellation);
            if (!answer.Ok) return answer.Failure<DocumentPage>();
            documents.AddRange(read(answer.Json).Take(limit - documents.Count));
            if (NextPath(answer.Json.At("_links").Text("next")) is not { } next || seen.Contains(next) || documents.Count >= limit || call == MaxCalls)
                return answer.Result(new DocumentPage(documents));
            path = next;
        }
    }

    // v2 gives the path with /wiki, v1 without, gateways with their own prefix, some an absolute address. The host is always ours.
    static string? NextPath(string? next)
    {
        if (string.IsNullOrEmpty(next)) return null;
        var context = next.IndexOf(Context, StringComparison.Ordinal);
        var query = next.IndexOf('?');
        if (context >= 0 && (query < 0 || context < query)) return next[context..];
        return next[0] == '/' ? "/wiki" + next : null;
    }
}
