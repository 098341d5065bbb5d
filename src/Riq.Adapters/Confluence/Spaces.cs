using System.Collections.Concurrent;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Finds a space's numeric id by its key and the other way round; remembers what it found for a while.</summary>
sealed class Spaces(ServiceClient client, TimeProvider time)
{
    public const int MostRemembered = 500;
    static readonly TimeSpan RememberedFor = TimeSpan.FromHours(1);

    sealed record Space(string Id, string Key, DateTimeOffset FoundAt);

    readonly ConcurrentDictionary<string, Space> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The numeric id; a number is one already.</summary>
    public async Task<AdapterResult<string>> IdOf(string keyOrId, CancellationToken cancellation) =>
        PageId.IsValid(keyOrId) ? AdapterResult<string>.Ok(keyOrId) : (await Find(keyOrId, "keys", cancellation)).Map(s => s.Id);

    /// <summary>The key, which CQL wants; what is no number is one already.</summary>
    public async Task<AdapterResult<string>> KeyOf(string keyOrId, CancellationToken cancellation) =>
        PageId.IsValid(keyOrId) ? (await Find(keyOrId, "ids", cancellation)).Map(s => s.Key) : AdapterResult<string>.Ok(keyOrId);

    /// <summary>The space turned out to be gone: a new one may have its key.</summary>
    public void Forget(string keyOrId) => _known.TryRemove(keyOrId, out _);

    async Task<AdapterResult<Space>> Find(string keyOrId, string parameter, CancellationToken cancellation)
    {
        if (_known.TryGetValue(keyOrId, out var known) && time.GetUtcNow() - known.FoundAt < RememberedFor) return AdapterResult<Space>.Ok(known);
        var answer = await client.Send(Call.Get($"/wiki/api/v2/spaces?{parameter}={Uri.EscapeDataString(keyOrId)}&limit=1"), cancellation);
        if (!answer.Ok) return answer.Failure<Space>();

        // An interface that does not know the parameter gives any space: only the one that was asked for counts.
        var space = answer.Json.Items("results")
            .Select(s => (Id: s.Text("id"), Key: s.Text("key")))
            .FirstOrDefault(s => keyOrId.Equals(parameter == "ids" ? s.Id : s.Key, StringComparison.OrdinalIgnoreCase));
        if (space is not { Id: { } id, Key: { } key })
            return AdapterResult<Space>.Fail(new(ErrorCodes.NotFound, $"confluence has no space '{ProblemList.Printable(keyOrId)}', or hides it from the account that RIQ uses."), new(answer.Status));
        if (_known.Count >= MostRemembered) _known.Clear();
        return answer.Result(_known[keyOrId] = new(id, key, time.GetUtcNow()));
    }
}
