using System.Text.Json;
using Riq.Contracts;

namespace Riq.Engine.Submission;

/// <summary>One item of a batch: a request to store, or what is wrong with it.</summary>
public sealed record BatchItem(NewRequest? Request, ProblemList Problems);

/// <summary>Turns the JSON of a batch into its items. A bad item refuses only itself and those that refer to it.</summary>
public sealed class BatchReader(SubmissionReader reader)
{
    /// <summary>The items in order; null when <paramref name="problems"/> says why the whole is no batch.</summary>
    public IReadOnlyList<BatchItem>? Read(JsonElement body, SubmissionOrigin origin, ProblemList problems)
    {
        if (origin.IdempotencyKey is not null) problems.Add("Idempotency-Key", "belongs to one submission: give each item its own idempotency_key.");
        if (!JsonSafety.HasReadableNames(body, problems)) return null;
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array)
        {
            problems.Add("items", $"is required: a list of 1 to {Submitter.MaxBatch} submissions, in an object {{\"items\": [ … ]}}.");
            return null;
        }
        foreach (var field in body.EnumerateObject())
            if (!field.NameEquals("items")) problems.Add(ProblemList.Printable(field.Name), "is not a field of a batch. The only field is: items.");
        if (items.GetArrayLength() is 0 or > Submitter.MaxBatch) problems.Add("items", $"must have 1 to {Submitter.MaxBatch} submissions; it has {items.GetArrayLength():N0}.");
        if (!problems.IsEmpty) return null;

        var refs = new Dictionary<string, int>(StringComparer.Ordinal);
        return BatchReferences.Resolve([.. items.EnumerateArray().Select((item, i) => Read(item, i, origin, refs))], refs);
    }

    BatchItem Read(JsonElement item, int index, SubmissionOrigin origin, Dictionary<string, int> refs)
    {
        var problems = new ProblemList();
        JsonSafety.Check(item, "", problems);
        if (!problems.IsEmpty) return new(null, problems);   // its text can't even be read
        var request = reader.Read(item, origin, problems, inBatch: true);
        // Also when the item is refused for something else: the name would stand for two items.
        if (SubmissionReader.RefOf(item) is { } name && !refs.TryAdd(name, index)) problems.Add("ref", "is used by an earlier item of this batch.");
        return new(problems.IsEmpty ? request : null, problems);
    }
}
