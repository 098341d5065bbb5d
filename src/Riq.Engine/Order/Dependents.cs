using System.Text.Json;
using Npgsql;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Order;

/// <summary>
/// Sees to requests that wait for others, in the transaction that gives the reason: they run, take their place in a lane, fail,
/// or go on waiting. What fails takes along those that wait for it, level by level.
/// </summary>
sealed class Dependents(TransitionStore store, DependencyStore dependencies, OperationCatalog catalog, RequestLife life, RiqOptions options)
{
    const int Chunk = 500;

    /// <summary>Decides about those of the requests that wait, and returns what it changed, to be logged after the commit.</summary>
    public async Task<List<QueueRequest>> Settle(IEnumerable<Guid> ids, NpgsqlConnection within, HandOvers messages)
    {
        var settled = new List<QueueRequest>();
        var left = new Queue<Guid[]>(ids.Distinct().Chunk(Chunk));
        while (left.TryDequeue(out var chunk))
        {
            var changed = await SettleOne(chunk, within, messages);
            settled.AddRange(changed);
            var failed = changed.Where(c => c.HasDependents && RequestStatus.IsEnd(c.Status)).Select(c => c.CorrelationId).ToArray();
            if (failed.Length == 0) continue;
            foreach (var next in (await DependencyStore.DependentsOf(failed, within)).Chunk(Chunk)) left.Enqueue(next);
        }
        return settled;
    }

    async Task<List<QueueRequest>> SettleOne(Guid[] ids, NpgsqlConnection within, HandOvers messages)
    {
        var waiting = await DependencyStore.LockWaiting(ids, within);
        var verdicts = waiting.ConvertAll(w => (w.Request, Verdict: DependencyVerdict.Of(w.Open, options.ConsistencyTokenLifetime)));
        await DependencyStore.NoteDone([.. verdicts.SelectMany(v => v.Verdict.Done.Select(d => (v.Request.CorrelationId, d)))], within);
        await DependencyStore.NotePending([.. verdicts.Where(v => v.Verdict is { ErrorCode: null, Pending: > 0 }).Select(v => (v.Request.CorrelationId, v.Verdict))], within);
        var changed = new List<QueueRequest>();
        foreach (var (request, verdict) in verdicts)
            if (await Decide(request, verdict, within)) changed.Add(request);
        return await Save([.. changed], within, messages);
    }

    async Task<bool> Decide(QueueRequest request, DependencyVerdict verdict, NpgsqlConnection within)
    {
        if (verdict.ErrorCode is { } code) return await life.Raise(request, life.Machine.DependencyFailed, new DependencyFailed(code, verdict.Message!));
        return verdict.Pending == 0 && await life.Raise(request, life.Machine.Released, new Released(request.LaneKey ?? await LaneOf(request, within)));
    }

    // The entity may be known only now, by the results of others. If it can't be made out, the run itself will say so.
    async Task<string?> LaneOf(QueueRequest request, NpgsqlConnection within)
    {
        if (catalog.Find(request.Operation) is not { Entity: not null } operation) return null;
        using var payload = JsonDocument.Parse(request.Payload);
        if (Entities.NameIn(operation, payload.RootElement) is not { } name) return null;
        var results = await dependencies.ResultsFor(request.CorrelationId, within);
        return ResultReferences.ResolveText(name, results.Of) is { } resolved && !string.IsNullOrWhiteSpace(resolved)
            ? (await Aliases.Lanes([(operation, resolved)], within))[0] : null;
    }

    async Task<List<QueueRequest>> Save(QueueRequest[] changed, NpgsqlConnection within, HandOvers messages)
    {
        if (changed.Length == 0) return [];
        var commands = Array.ConvertAll(changed, r => TransitionStore.CommandOf(r, Guid.CreateVersion7()));
        var reserved = messages.Reserve(commands.Count(c => c is not null) + 1 + store.MessagesWith(changed));
        var saved = await store.Save(changed, commands, reserved, within);
        if (reserved) saved.AddTo(messages, changed, commands);
        return [.. changed.Where((_, i) => saved.Changes[i].Stored)];
    }
}
