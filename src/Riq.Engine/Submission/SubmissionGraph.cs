using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Engine.Submission;

/// <summary>What is known of a request that a submission waits for.</summary>
readonly record struct AwaitedRequest(string ClientId, string Status, int Depth, bool IsWrite);

/// <summary>Submissions that wait for each other and for stored requests: which can be stored, and which are refused. Pure.</summary>
static class SubmissionGraph
{
    public const int MostDepth = 50;

    /// <summary>
    /// Those that are not stored yet, waiting for the requests that the known ones stand for. Adds to <paramref name="found"/> what
    /// is answered already: items with the key of an earlier one of the same call.
    /// </summary>
    public static NewRequest[] Open(IReadOnlyList<NewRequest> items, Dictionary<Guid, Submitted> found)
    {
        var byKey = new Dictionary<(string, string), NewRequest>();
        foreach (var item in items)
            if (item.IdempotencyKey is { } key && !found.ContainsKey(item.Id) && !byKey.TryAdd((item.ClientId, key), item))
            {
                var first = byKey[(item.ClientId, key)];
                found[item.Id] = new(first.Id, RequestStatus.Queued, Replayed: true, SameContent: first.PayloadHash.AsSpan().SequenceEqual(item.PayloadHash));
            }
        var renamed = found.Where(f => f.Value.Id != f.Key && f.Value.SameContent).ToDictionary(f => f.Key, f => f.Value.Id);
        return [.. items.Where(i => !found.ContainsKey(i.Id)).Select(i => i.Dependencies.Any(d => renamed.ContainsKey(d.Id)) ? Renamed(i, renamed) : i)];
    }

    /// <summary>Those that can be stored. The others are in <paramref name="found"/> afterwards, with what is wrong.</summary>
    public static OrderedRequest[] Check(OrderedRequest[] items, IReadOnlyDictionary<Guid, AwaitedRequest> stored, Dictionary<Guid, Submitted> found)
    {
        var all = items.ToDictionary(i => i.Request.Id);
        var depths = new Dictionary<Guid, int>();
        var refused = new Dictionary<Guid, ProblemList>();
        foreach (var item in items) Visit(item, all, stored, depths, refused);
        foreach (var (id, problems) in refused) found[id] = new(id, RequestStatus.Failed, Replayed: false, SameContent: true) { Ready = false, Refusal = problems };
        var accepted = items.Where(i => !refused.ContainsKey(i.Request.Id)).ToArray();
        var awaited = accepted.SelectMany(i => i.Request.Dependencies).Select(d => d.Id).ToHashSet();
        return Array.ConvertAll(accepted, i => i with { Depth = depths[i.Request.Id], IsAwaited = awaited.Contains(i.Request.Id) });
    }

    // There are no circles: those of one call were refused when it was read, and what is stored waits for nothing that comes later.
    static void Visit(OrderedRequest item, Dictionary<Guid, OrderedRequest> all, IReadOnlyDictionary<Guid, AwaitedRequest> stored, Dictionary<Guid, int> depths, Dictionary<Guid, ProblemList> refused)
    {
        if (depths.ContainsKey(item.Request.Id)) return;
        var problems = new ProblemList();
        var depth = 0;
        foreach (var dependency in item.Request.Dependencies)
        {
            if (all.TryGetValue(dependency.Id, out var other))
            {
                Visit(other, all, stored, depths, refused);
                if (refused.ContainsKey(dependency.Id)) problems.Add(FieldOf(dependency), "refers to an item that was refused.");
            }
            depth = Math.Max(depth, 1 + DepthOf(dependency, item.Request, all, stored, depths, problems));
        }
        if (depth > MostDepth) problems.Add("depends_on", $"makes a chain of more than {MostDepth} requests that wait for each other.");
        depths[item.Request.Id] = depth;
        if (!problems.IsEmpty) refused[item.Request.Id] = problems;
    }

    // Another client's request is as unknown as one that never was.
    static int DepthOf(Dependency dependency, NewRequest request, Dictionary<Guid, OrderedRequest> all, IReadOnlyDictionary<Guid, AwaitedRequest> stored, Dictionary<Guid, int> depths, ProblemList problems)
    {
        var isOwn = all.TryGetValue(dependency.Id, out var own);
        if (!isOwn && !(stored.TryGetValue(dependency.Id, out var row) && row.ClientId == request.ClientId))
        {
            problems.Add(FieldOf(dependency), dependency.Kind == DependencyKind.Result ? $"names {RequestToken.Of(dependency.Id)}, and there is no such request." : "is the token of no write.");
            return 0;
        }
        if (dependency.Kind == DependencyKind.Consistency && !(isOwn ? own.Request.Operation.IsWrite : stored[dependency.Id].IsWrite))
            problems.Add(FieldOf(dependency), "is the token of no write: only writes have one.");
        return isOwn ? depths[dependency.Id] : stored[dependency.Id].Depth;
    }

    static string FieldOf(Dependency dependency) => dependency.Kind == DependencyKind.Result ? "depends_on" : "after_consistency_token";

    static NewRequest Renamed(NewRequest request, Dictionary<Guid, Guid> names)
    {
        using var payload = JsonDocument.Parse(request.Payload);
        return request with
        {
            Dependencies = [.. request.Dependencies.Select(d => d with { Id = names.GetValueOrDefault(d.Id, d.Id) }).Distinct()],
            Payload = ResultReferences.Rename(payload.RootElement, who => RequestToken.TryParse(who, out var id) ? RequestToken.Of(names.GetValueOrDefault(id, id)) : who),
        };
    }
}
