using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>
/// A page's properties that are RIQ's: the request that made it, and the metadata its clients gave. All metadata is one
/// property: one call whatever it holds, and never mistaken for the properties of others.
/// </summary>
sealed class PageProperties(ServiceClient client)
{
    public const string MetadataKey = "riq.metadata";

    /// <summary>A property as it is stored; <see cref="Id"/> is null when the page has none of that key.</summary>
    readonly record struct Stored(string? Id, int Version, JsonElement Value);

    public static IReadOnlyDictionary<string, JsonElement>? AsMetadata(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value.Members() : null;

    /// <summary>The token of the request that made the page; null when none is noted.</summary>
    public async Task<(string? Token, AdapterError? Error)> MadeBy(string pageId, CancellationToken cancellation)
    {
        var (stored, error) = await Find(pageId, RequestMarker.PropertyKey, cancellation);
        return (stored.Value.Text("token"), error);
    }

    /// <summary>Leaves the request's token at a page just made.</summary>
    public Task<Answer> Mark(string pageId, string token, CancellationToken cancellation) =>
        client.Send(Call.Post(PathOf(pageId), Body(RequestMarker.PropertyKey, RequestMarker.Value(token))) with { AnswerRequired = false }, cancellation);

    /// <summary>Sets keys, keeps the others, removes those given as null; gives all metadata afterwards.</summary>
    public async Task<(IReadOnlyDictionary<string, JsonElement>? Metadata, AdapterError? Error)> SetMetadata(
        string pageId, IReadOnlyDictionary<string, JsonElement> changes, CancellationToken cancellation)
    {
        var (stored, error) = await Find(pageId, MetadataKey, cancellation);
        if (error is not null) return (null, error);

        var merged = Merge(stored.Value, changes);
        var value = JsonSerializer.SerializeToElement(merged, RiqJson.Options);
        if (stored.Value.ValueKind == JsonValueKind.Object && JsonElement.DeepEquals(value, stored.Value)) return (AsMetadata(value), null);
        var answer = await client.Send(Store(pageId, stored, merged) with { AnswerRequired = false }, cancellation);
        return answer.Ok ? (AsMetadata(value), null) : (null, answer.Error);
    }

    async Task<(Stored, AdapterError?)> Find(string pageId, string key, CancellationToken cancellation)
    {
        var answer = await client.Send(Call.Get($"{PathOf(pageId)}?key={key}"), cancellation);
        if (!answer.Ok) return (default, answer.Error);
        var found = answer.Json.Items("results").FirstOrDefault(p => p.Text("key") == key);
        return (new(found.Text("id"), found.At("version").Integer("number") ?? 1, found.At("value")), null);
    }

    static Call Store(string pageId, Stored stored, JsonObject value)
    {
        var body = Body(MetadataKey, value);
        if (stored.Id is null) return Call.Post(PathOf(pageId), body);
        body["version"] = new JsonObject { ["number"] = stored.Version + 1 };
        return Call.Put($"{PathOf(pageId)}/{Uri.EscapeDataString(stored.Id)}", body);
    }

    static JsonObject Merge(JsonElement present, IReadOnlyDictionary<string, JsonElement> changes)
    {
        var merged = new JsonObject();
        foreach (var (key, value) in (AsMetadata(present) ?? new Dictionary<string, JsonElement>()).Concat(changes))
            if (value.ValueKind == JsonValueKind.Null) merged.Remove(key);
            else merged[key] = JsonNode.Parse(value.GetRawText());
        return merged;
    }

    static JsonObject Body(string key, JsonObject value) => new() { ["key"] = key, ["value"] = value };

    static string PathOf(string pageId) => $"/wiki/api/v2/pages/{pageId}/properties";
}
