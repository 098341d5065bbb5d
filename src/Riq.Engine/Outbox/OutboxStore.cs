using Riq.Engine.Storage;

namespace Riq.Engine.Outbox;

/// <summary>The statements on <c>outbox</c> that the relay makes. Rows are written by the statements that cause them.</summary>
sealed class OutboxStore(Database database, RiqOptions options)
{
    // Matched by message id too: a newer command of the same request may stand in the row by now.
    const string DeleteSql = "delete from outbox o using unnest($1::uuid[], $2::uuid[]) as t(id, message_id) where o.id = t.id and o.message_id = t.message_id";

    // An array, and no join: with a plan of a time when there were few rows, a join looks for the due ones once for each row of the table, and takes more of them each time.
    const string TakeDueSql = """
        update outbox o set due_at = now() + $1, attempts = attempts + 1
        where o.id = any(array(select id from outbox where due_at <= now() order by due_at limit $2 for update skip locked))
        returning o.id, o.message_id, o.destination, o.body
        """;

    const string PostponeSql = """
        update outbox o set due_at = now() + least(interval '10 seconds', interval '250 milliseconds' * power(2, least(o.attempts, 10))), attempts = o.attempts + 1
        from unnest($1::uuid[], $2::uuid[]) as t(id, message_id) where o.id = t.id and o.message_id = t.message_id and o.parked_reason is null
        """;

    const string ParkSql = "update outbox set due_at = 'infinity', parked_reason = $3 where id = $1 and message_id = $2";

    // Not the parked ones: they are due at infinity, from which Postgres before 17 can't even subtract.
    const string NextDueSql = "select extract(epoch from due_at - now())::float8 from outbox where due_at < 'infinity' order by due_at limit 1";

    public async Task<bool[]> Delete(OutboxMessage[] messages)
    {
        Array.Sort(messages, static (a, b) => a.Id.CompareTo(b.Id));
        await database.HotUnflushed.CreateCommand(DeleteSql).With(Ids(messages)).With(MessageIds(messages)).Run();
        return new bool[messages.Length];
    }

    /// <summary>Takes up to <paramref name="limit"/> due rows for this process; no other relay gets them while its claim lasts.</summary>
    public Task<List<OutboxMessage>> TakeDue(int limit, CancellationToken cancellation) =>
        database.Hot.CreateCommand(TakeDueSql).With(options.OutboxClaim).With(limit)
            .List(r => new OutboxMessage(r.GetGuid(0), r.GetGuid(1), r.GetString(2), r.GetFieldValue<byte[]>(3)), cancellation);

    public async Task<bool[]> Postpone(OutboxMessage[] messages)
    {
        Array.Sort(messages, static (a, b) => a.Id.CompareTo(b.Id));
        await database.Hot.CreateCommand(PostponeSql).With(Ids(messages)).With(MessageIds(messages)).Run();
        return new bool[messages.Length];
    }

    public Task Park(OutboxMessage message, string reason) =>
        database.Hot.CreateCommand(ParkSql).With(message.Id).With(message.MessageId).With(reason).Run();

    /// <summary>How long until the next row is due; null when there is none.</summary>
    public async Task<TimeSpan?> UntilNextDue(CancellationToken cancellation)
    {
        await using var command = database.Hot.CreateCommand(NextDueSql);
        return await command.ExecuteScalarAsync(cancellation) is double seconds && seconds < 3_600 ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null;
    }

    static Guid[] Ids(OutboxMessage[] messages) => Array.ConvertAll(messages, m => m.Id);
    static Guid[] MessageIds(OutboxMessage[] messages) => Array.ConvertAll(messages, m => m.MessageId);
}
