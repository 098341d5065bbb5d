using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Labels and metadata of a page that exists; adding them twice is adding them once.</summary>
sealed class PageExtras(ServiceClient client, PageProperties properties)
{
    public static bool Any(IReadOnlyList<string>? labels, IReadOnlyDictionary<string, JsonElement>? metadata) => labels is { Count: > 0 } || metadata is { Count: > 0 };

    public async Task<AdapterResult<Document>> Add(
        Document document, IReadOnlyList<string>? labels, IReadOnlyDictionary<string, JsonElement>? metadata, int? status, CancellationToken cancellation)
    {
        if (labels is { Count: > 0 })
        {
            var body = new JsonArray([.. labels.Distinct().Select(l => (JsonNode)new JsonObject { ["prefix"] = "global", ["name"] = l })]);
            var answer = await client.Send(Call.Post($"/wiki/rest/api/content/{document.Id}/label", body) with { AnswerRequired = false }, cancellation);
            if (!answer.Ok) return answer.Failure<Document>();
            document = document with { Labels = LabelsAfter(answer.Json, document.Labels, labels) };
        }
        if (metadata is { Count: > 0 })
        {
            var (all, error) = await properties.SetMetadata(document.Id, metadata, cancellation);
            if (error is not null) return Answer.Failure<Document>(error);
            document = document with { Metadata = all };
        }
        return AdapterResult<Document>.Ok(document, new(status));
    }

    // The answer lists all of the page's labels.
    static IReadOnlyList<string> LabelsAfter(JsonElement answer, IReadOnlyList<string>? before, IReadOnlyList<string> added)
    {
        var all = answer.Items("results").Select(l => l.Text("name")).OfType<string>().ToList();
        return all.Count > 0 ? all : [.. (before ?? []).Concat(added).Distinct()];
    }

    /// <summary>Details that also name a page.</summary>
    public static JsonElement WithPage(JsonElement? details, string name, string pageId)
    {
        var all = details is { ValueKind: JsonValueKind.Object } given ? given.Members() : [];
        all[name] = JsonSerializer.SerializeToElement(pageId);
        return JsonSerializer.SerializeToElement(all, RiqJson.Options);
    }
}
