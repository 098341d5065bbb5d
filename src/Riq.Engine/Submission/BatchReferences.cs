using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Engine.Submission;

/// <summary>
/// Finds the items that others of the same batch name by <c>#ref</c>. An item that names one that is not there, that was refused,
/// or in the end itself, is refused. Pure.
/// </summary>
static class BatchReferences
{
    public static IReadOnlyList<BatchItem> Resolve(IReadOnlyList<BatchItem> items, IReadOnlyDictionary<string, int> refs)
    {
        if (items.All(i => i.Request is null or { RefDependencies.Count: 0 })) return items;
        var resolved = items.ToArray();
        NameMissing(resolved, refs);
        NameCircles(resolved, refs);
        // What is refused takes along what refers to it, however far away.
        for (var again = true; again;)
        {
            again = false;
            for (var i = 0; i < resolved.Length; i++)
                if (FirstRefused(resolved, i, refs) is { } name) { Refuse(resolved, i, $"refers to #{name}, which was refused."); again = true; }
        }
        var ids = refs.Where(r => resolved[r.Value].Request is not null).ToDictionary(r => r.Key, r => resolved[r.Value].Request!.Id);
        return [.. resolved.Select(item => item.Request is { RefDependencies.Count: > 0 } request ? item with { Request = WithIds(request, ids) } : item)];
    }

    static void NameMissing(BatchItem[] items, IReadOnlyDictionary<string, int> refs)
    {
        for (var i = 0; i < items.Length; i++)
            foreach (var dependency in items[i].Request?.RefDependencies ?? [])
                if (!refs.ContainsKey(dependency.Ref)) Refuse(items, i, $"refers to #{ProblemList.Printable(dependency.Ref)}, which no item of this batch is called.");
    }

    static void NameCircles(BatchItem[] items, IReadOnlyDictionary<string, int> refs)
    {
        // Whoever is left when everything is taken away that refers to nothing left is in a circle, or refers to one.
        var left = Enumerable.Range(0, items.Length).Where(i => items[i].Request is not null).ToHashSet();
        while (left.RemoveWhere(i => !Targets(items, i, refs).Any(left.Contains)) > 0) { }
        // And the other way round: whom nobody left refers to is not in the circle itself.
        while (left.RemoveWhere(i => !left.Any(other => Targets(items, other, refs).Contains(i))) > 0) { }
        foreach (var i in left) Refuse(items, i, "refers to itself, by way of other items: a circle would never begin.");
    }

    static IEnumerable<int> Targets(BatchItem[] items, int i, IReadOnlyDictionary<string, int> refs) =>
        (items[i].Request?.RefDependencies ?? []).Where(d => refs.ContainsKey(d.Ref)).Select(d => refs[d.Ref]);

    static string? FirstRefused(BatchItem[] items, int i, IReadOnlyDictionary<string, int> refs) =>
        (items[i].Request?.RefDependencies ?? []).Where(d => items[refs[d.Ref]].Request is null).Select(d => d.Ref).FirstOrDefault();

    static void Refuse(BatchItem[] items, int i, string problem)
    {
        items[i].Problems.Add("depends_on", problem);
        items[i] = items[i] with { Request = null };
    }

    // The hash stays that of the payload as it was sent: the same batch sent again is the same batch.
    static NewRequest WithIds(NewRequest request, Dictionary<string, Guid> ids)
    {
        using var payload = JsonDocument.Parse(request.Payload);
        return request with
        {
            RefDependencies = [],
            Dependencies = [.. request.Dependencies, .. request.RefDependencies.Select(d => new Dependency(ids[d.Ref], d.Kind)).Except(request.Dependencies)],
            Payload = ResultReferences.Rename(payload.RootElement, who => who[0] == '#' ? RequestToken.Of(ids[who[1..]]) : who),
        };
    }
}
