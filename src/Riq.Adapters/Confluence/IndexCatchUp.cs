using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>
/// Waits until Confluence's search index shows what was written. CQL has no way to ask for the newest state, so the index is
/// asked for the page itself, again and again, before the search; not for ever.
/// </summary>
sealed class IndexCatchUp(ServiceClient client, TimeProvider time)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(10);

    /// <summary>Null when the index shows all of it, otherwise why not.</summary>
    public async Task<AdapterError?> Await(IReadOnlyList<JsonElement> written, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        foreach (var page in written)
        {
            if (page.Text("id") is not { } id || !PageId.IsValid(id)) continue;
            var pause = TimeSpan.FromMilliseconds(500);
            while (true)
            {
                var answer = await client.Send(Call.Get($"/wiki/rest/api/search?cql={Uri.EscapeDataString($"id={id}")}&limit=1&expand=content.version"), cancellation);
                if (!answer.Ok) return answer.Failure<DocumentPage>().Error;
                if (Shows(answer.Json, VersionOf(page))) break;
                if (time.GetElapsedTime(began) + pause > Longest) return NotYet(id);
                try { await Task.Delay(pause, time, cancellation); }
                catch (OperationCanceledException) { return NotYet(id); }
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        return null;
    }

    // What was deleted has no version: the index must not show it any more.
    static bool Shows(JsonElement answer, int? version)
    {
        var hit = answer.Items("results").FirstOrDefault();
        if (version is null) return hit.ValueKind == JsonValueKind.Undefined;
        return hit.ValueKind != JsonValueKind.Undefined && (hit.At("content").At("version").Integer("number") ?? 0) >= version;
    }

    static int? VersionOf(JsonElement page) => page.Integer("version");

    // Not the service's failure: it answers, only not yet with this.
    static AdapterError NotYet(string id) => new(ErrorCodes.Conflict, $"Confluence's search index does not show the last change of page {id} yet.")
    {
        HttpStatus = 200,
        RetryAfter = TryAgainAfter,
    };
}
