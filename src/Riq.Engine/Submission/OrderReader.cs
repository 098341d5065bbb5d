using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Engine.Submission;

/// <summary>What a submission says about the requests that it waits for, and the references to their results in its payload.</summary>
sealed class OrderReader
{
    public const int MostDependencies = 100;
    const string TokenPrefix = "ct_";

    readonly List<Dependency> _dependencies = [];
    readonly List<RefDependency> _refs = [];

    public IReadOnlyList<Dependency> Dependencies => _dependencies;
    public IReadOnlyList<RefDependency> Refs => _refs;

    // What a payload says of results means something only to a request that depends on some: texts of others are left alone.
    bool RefersToResults => Results > 0;
    int Results => _dependencies.Count(d => d.Kind == DependencyKind.Result) + _refs.Count(r => r.Kind == DependencyKind.Result);

    public static OrderReader Read(JsonElement body, bool inBatch, ProblemList problems)
    {
        var order = new OrderReader();
        order.ReadDependencies(body, inBatch, problems);
        order.ReadToken(body, inBatch, problems);
        return order;
    }

    public bool IsKnownLater(JsonElement value) => RefersToResults && ResultReferences.IsIn(value);

    public string? EntityIn(OperationDeclaration operation, JsonElement payload) =>
        Entities.NameIn(operation, payload) is { } name && !IsKnownLater(payload.GetProperty(operation.Entity!.Name)) ? name : null;

    public void CheckReferences(JsonElement payload, ProblemList problems)
    {
        foreach (var reference in ResultReferences.In(payload))
        {
            if (reference.Who.Length == 0 && Results > 1) problems.Add(reference.Field, $"refers to {reference.Text}, but depends_on has {Results} requests: say which, as $result.<token>.{reference.Path}.");
            else if (reference.Who.Length > 0 && !IsAmongResults(reference.Who)) problems.Add(reference.Field, $"refers to {reference.Text}, which is not in depends_on.");
        }
    }

    bool IsAmongResults(string who) => who[0] == '#'
        ? _refs.Any(r => r.Kind == DependencyKind.Result && r.Ref == who[1..])
        : RequestToken.TryParse(who, out var id) && _dependencies.Contains(new(id, DependencyKind.Result));

    void ReadDependencies(JsonElement body, bool inBatch, ProblemList problems)
    {
        if (!body.TryGetProperty("depends_on", out var list) || list.ValueKind == JsonValueKind.Null) return;
        if (list.ValueKind != JsonValueKind.Array) { problems.Add("depends_on", "must be a list of tokens."); return; }
        if (list.GetArrayLength() > MostDependencies) { problems.Add("depends_on", $"must have at most {MostDependencies} tokens; it has {list.GetArrayLength():N0}."); return; }
        var i = 0;
        foreach (var item in list.EnumerateArray()) ReadDependency(item, $"depends_on[{i++}]", inBatch, problems);
    }

    void ReadDependency(JsonElement item, string field, bool inBatch, ProblemList problems)
    {
        var text = item.ValueKind == JsonValueKind.String ? item.GetString()! : "";
        if (RequestToken.TryParse(text, out var id)) Add(_dependencies, new(id, DependencyKind.Result));
        else if (inBatch && IsRef(text)) Add(_refs, new(text[1..], DependencyKind.Result));
        else problems.Add(field, inBatch ? "must be a token (req_ and 32 hexadecimal digits) or #ref of an item of this batch." : "must be a token (req_ and 32 hexadecimal digits).");
    }

    void ReadToken(JsonElement body, bool inBatch, ProblemList problems)
    {
        if (!body.TryGetProperty("after_consistency_token", out var value) || value.ValueKind == JsonValueKind.Null) return;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (text.StartsWith(TokenPrefix, StringComparison.Ordinal) && Guid.TryParseExact(text.AsSpan(TokenPrefix.Length), "N", out var id)) Add(_dependencies, new(id, DependencyKind.Consistency));
        else if (inBatch && IsRef(text)) Add(_refs, new(text[1..], DependencyKind.Consistency));
        else problems.Add("after_consistency_token", inBatch ? "must be a consistency token (ct_ and 32 hexadecimal digits) or #ref of a write of this batch." : "must be a consistency token (ct_ and 32 hexadecimal digits).");
    }

    static bool IsRef(string text) => text.Length is > 1 and <= SubmissionReader.MaxRefLength + 1 && text[0] == '#';

    static void Add<T>(List<T> list, T item)
    {
        if (!list.Contains(item)) list.Add(item);
    }
}
