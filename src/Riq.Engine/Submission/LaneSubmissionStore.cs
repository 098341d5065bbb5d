using Npgsql;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Submission;

/// <summary>Stores writes to entities, each with its place in the entity's lane: one round trip and one transaction, like all others.</summary>
sealed class LaneSubmissionStore(Database database, SubmissionStore store)
{
    /// <summary>Stores what is new and answers in the order of <paramref name="items"/>.</summary>
    public Task<Submitted[]> Submit(IReadOnlyList<NewRequest> items, TimeSpan claim, HandOvers messages)
    {
        var order = items.Select((item, i) => (item.Id, i)).ToDictionary(x => x.Id, x => x.i);
        return store.Submit(items, open => Insert([.. open.OrderBy(o => order[o.Id])], claim, messages));
    }

    async Task<List<(Guid Id, bool Ready)>> Insert(NewRequest[] open, TimeSpan claim, HandOvers messages)
    {
        await using var connection = await database.Hot.OpenConnectionAsync();
        var ordered = await WithLanes(open, connection);
        var lanes = ordered.Where(o => o.Lane is not null).Select(o => o.Lane!).ToArray();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { OrderedInsert.Lock(ordered), OrderedInsert.Insert(ordered, claim, store) } };
        // The first of a lane may turn out to be a repetition of an earlier submission: then the one behind it is the first.
        if (lanes.Distinct().Count() < lanes.Length && open.Any(o => o.IdempotencyKey is not null)) batch.BatchCommands.Add(LaneStatements.Advance(lanes, claim));
        var rows = await batch.List(r => r.FieldCount == 2 ? (Id: r.GetGuid(0), Ready: r.GetBoolean(1), Message: (OutboxMessage?)null)
            : (Id: Guid.Empty, Ready: true, Message: (OutboxMessage?)new OutboxMessage(r.GetGuid(0), r.GetGuid(1), r.GetString(2), r.GetFieldValue<byte[]>(3))));
        foreach (var row in rows)
            if (row.Message is { } message && claim > TimeSpan.Zero) messages.Add(message);
        return [.. rows.Where(r => r.Message is null).Select(r => (r.Id, r.Ready))];
    }

    /// <summary>The submissions with the lanes of their entities.</summary>
    public static async Task<OrderedRequest[]> WithLanes(IReadOnlyList<NewRequest> items, NpgsqlConnection connection)
    {
        var writing = items.Where(i => i.Entity is not null).ToArray();
        var lanes = await Aliases.Lanes([.. writing.Select(i => (i.Operation, i.Entity!))], connection);
        var laneOf = writing.Zip(lanes).ToDictionary(x => x.First.Id, x => x.Second);
        return [.. items.Select(i => new OrderedRequest(i, laneOf.GetValueOrDefault(i.Id)))];
    }
}
