using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>
/// Requests of several clients in one call. Each gets its own result or error; what Jira refuses as a whole, without
/// having done anything, is asked again in halves, so that one bad item never fails its neighbours.
/// </summary>
sealed class IssueBatches(ServiceClient client, JiraSite site, JiraAdapter alone)
{
    // Of what is sent: further issues go in a call of their own. Every description can be long.
    const int MostBytes = 1024 * 1024;

    readonly IssueReader _reader = new(site);

    /// <summary>One request of the batch: its position, and what is sent for it.</summary>
    sealed record Item(int At, OperationCall Call, JsonNode Sent);

    /// <summary>Up to 100 issues by <c>bulkfetch</c>.</summary>
    public Task<AdapterResult<JsonElement>[]> Fetch(IReadOnlyList<OperationCall> calls, CancellationToken cancellation) =>
        Run(calls, (OperationCall call, out string? problem) =>
        {
            problem = null;
            return TaskKey.Read(call.Text("task_id")) is { } key ? JsonValue.Create(key) : null;
        }, (items, results) => Fetch(items, results, cancellation), cancellation);

    /// <summary>Up to 50 new issues by <c>issue/bulk</c>.</summary>
    public Task<AdapterResult<JsonElement>[]> Create(IReadOnlyList<OperationCall> calls, CancellationToken cancellation) =>
        Run(calls, (OperationCall call, out string? problem) => alone.BodyOf(call.Read<NewTask>(), TypeOf(call), call.Marker, out problem),
            async (items, results) => { foreach (var part in BySize(items)) await Create(part, results, cancellation); }, cancellation);

    delegate JsonNode? Writer(OperationCall call, out string? problem);

    // What can't even be sent gets its answer the ordinary way, which says why.
    async Task<AdapterResult<JsonElement>[]> Run(IReadOnlyList<OperationCall> calls, Writer write, Func<Item[], AdapterResult<JsonElement>[], Task> send, CancellationToken cancellation)
    {
        var results = new AdapterResult<JsonElement>[calls.Count];
        var items = new List<Item>(calls.Count);
        for (var i = 0; i < calls.Count; i++)
            if (Execution.Refusal(calls[i]) is null && write(calls[i], out _) is { } sent) items.Add(new(i, calls[i], sent));
            else results[i] = await alone.Execute(calls[i], cancellation);
        if (items.Count > 0) await send([.. items], results);
        return results;
    }

    async Task Fetch(Item[] items, AdapterResult<JsonElement>[] results, CancellationToken cancellation)
    {
        if (items.Length == 1) { results[items[0].At] = await alone.Execute(items[0].Call, cancellation); return; }
        var keys = items.Select(i => i.Sent.GetValue<string>()).Distinct(StringComparer.Ordinal);
        var body = new JsonObject
        {
            ["issueIdsOrKeys"] = new JsonArray([.. keys.Select(k => (JsonNode)k)]),
            ["fields"] = new JsonArray([.. IssueReader.FieldsOfOne.Split(',').Select(f => (JsonNode)f)]),
        };
        var answer = await client.Send(Call.Ask("/rest/api/3/issue/bulkfetch", body), cancellation);
        if (answer.Error is { Code: ErrorCodes.ValidationError }) { await Halves(items, half => Fetch(half, results, cancellation)); return; }
        if (!answer.Ok) { Fail(items, results, answer.Error!); return; }

        var missing = answer.Json.Items("issueErrors").Select(e => e.Text("id")).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        var found = new Dictionary<string, TaskItem>(StringComparer.OrdinalIgnoreCase);
        foreach (var task in answer.Json.Items("issues").Select(_reader.Read).OfType<TaskItem>())
            foreach (var name in new[] { task.Id, task.ExternalId })
                if (name is not null) found[name] = task;
        foreach (var item in items)
            results[item.At] = found.TryGetValue(item.Sent.GetValue<string>(), out var task) ? answer.Result(Json(task))
                : missing.Contains(item.Sent.GetValue<string>()) ? Answer.Failure<JsonElement>(ErrorOf(404, "{}", new(JiraAdapter.ServiceName, Write: false, Secrets.None)))
                : await alone.Execute(item.Call, cancellation);   // an issue that was moved comes under another key
    }

    async Task Create(Item[] items, AdapterResult<JsonElement>[] results, CancellationToken cancellation)
    {
        if (items.Length == 1) { results[items[0].At] = await alone.Execute(items[0].Call, cancellation); return; }
        var call = Call.Post("/rest/api/3/issue/bulk", new JsonObject { ["issueUpdates"] = new JsonArray([.. items.Select(i => i.Sent.DeepClone())]) }) with { OfSeveral = true };
        var answer = await client.Send(call, cancellation);

        var failures = new Dictionary<int, JsonElement>();
        foreach (var error in answer.Json.Items("errors"))
            if (error.Integer("failedElementNumber") is { } at) failures[at] = error;
        var created = answer.Json.Items("issues").ToArray();
        // The created ones come in the order of those that did not fail. Any other number, and nobody knows which is whose.
        var counted = created.Length + failures.Count == items.Length && failures.Keys.All(at => at >= 0 && at < items.Length) && created.All(c => c.Text("key") is not null);
        if (counted && (answer.Ok || answer.Status == 400)) { Deal(items, results, answer, failures, created); return; }
        // Nothing of it was done, as far as it is told.
        if (created.Length == 0 && answer.Error is { Code: ErrorCodes.ValidationError, Unclear: false }) { await Halves(items, half => Create(half, results, cancellation)); return; }
        Fail(items, results, created.Length == 0 && answer.Error is { } failed ? failed : ServiceErrors.Unreadable(JiraAdapter.ServiceName, write: true, answer.Status, "did not say which of several issues it created"));
    }

    void Deal(Item[] items, AdapterResult<JsonElement>[] results, Answer answer, Dictionary<int, JsonElement> failures, JsonElement[] created)
    {
        var next = 0;
        for (var i = 0; i < items.Length; i++)
        {
            if (failures.TryGetValue(i, out var error)) { results[items[i].At] = Answer.Failure<JsonElement>(ErrorOf(error.Integer("status") ?? 400, RawOf(error), new(JiraAdapter.ServiceName, Write: true, answer.Secrets))); continue; }
            var issue = created[next++];
            results[items[i].At] = answer.Result(Json(alone.Established(issue.Text("key")!, issue, items[i].Call.Read<NewTask>(), TypeOf(items[i].Call))));
        }
    }

    static string RawOf(JsonElement error) => error.At("elementErrors") is { ValueKind: JsonValueKind.Object } said ? said.GetRawText() : "{}";

    static AdapterError ErrorOf(int status, string body, ServiceErrors.Asked asked) => ServiceErrors.Translate(asked, status, new(), body, DateTimeOffset.UnixEpoch);

    static IEnumerable<Item[]> BySize(Item[] items)
    {
        var (from, bytes) = (0, 0);
        for (var i = 0; i < items.Length; i++)
        {
            var size = ServiceClient.BytesOf(items[i].Sent).Length;
            if (i > from && bytes + size > MostBytes)
            {
                yield return items[from..i];
                (from, bytes) = (i, 0);
            }
            bytes += size;
        }
        yield return items[from..];
    }

    static async Task Halves(Item[] items, Func<Item[], Task> run)
    {
        var middle = items.Length / 2;
        await run(items[..middle]);
        await run(items[middle..]);
    }

    static void Fail(Item[] items, AdapterResult<JsonElement>[] results, AdapterError error)
    {
        foreach (var item in items) results[item.At] = Answer.Failure<JsonElement>(error);
    }

    static string TypeOf(OperationCall call) => JiraAdapter.TypeOf(call.Operation.Name, call.Read<NewTask>());

    static JsonElement Json(TaskItem task) => JsonSerializer.SerializeToElement(task, RiqJson.Options);
}
