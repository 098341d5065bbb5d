using Npgsql;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Reads;

/// <summary>
/// A write makes the answers void that it may have changed, in the transaction of its outcome: whoever can see the outcome can
/// see that too. Also when it failed or its outcome is unclear: it may have been carried out, wholly or in part.
/// </summary>
sealed class ChangedTags(ReadRules rules) : IStoredWithChange
{
    // Sorted, so that two transactions that change the same tags never wait for each other.
    public const string ChangeSql = """
        insert into cache_tags(tag, changed_by, changed_at) select tag, pg_current_xact_id(), now() from unnest($1::text[]) as t(tag) order by tag
        on conflict (tag) do update set changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """;

    // A change that is refused in the end makes them void for nothing, which does no harm.
    public bool Concerns(QueueRequest request) =>
        (request.Pending!.EndsAttempt || request.Status == RequestStatus.Completed || RequestStateMachine.IsClearedUp(request)) && rules.Changes(request.Operation);

    public IEnumerable<NpgsqlBatchCommand> After(QueueRequest[] requests, TimeSpan claim) =>
        [new NpgsqlBatchCommand(ChangeSql).With<string[]>([.. requests.SelectMany(rules.ChangedBy).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)])];
}
