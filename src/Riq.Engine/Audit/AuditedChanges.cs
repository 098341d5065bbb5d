using Npgsql;
using Riq.Engine.DeadLetters;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Audit;

/// <summary>What operators decide about requests, in the trail: written in the transaction of the change itself.</summary>
sealed class AuditedChanges : IStoredWithChange
{
    // A change that was refused because the row had moved on leaves no trace.
    const string Sql = $"""
        insert into audit_entries(by, action, target, client_id)
        select t.by, t.action, r.token, r.client_id
        from unnest($1::uuid[], $2::text[], $3::text[]) as t(id, by, action) join queue_requests r using (id) where {IStoredWithChange.StoredHere}
        """;

    /// <summary>A client that calls its own request off is no operator.</summary>
    public bool Concerns(QueueRequest request) => request.Pending is { By: { } by } change && by != RecoverySweeper.Actor && change.Event switch
    {
        "retry_requested" or "adopted" or "sent_again" or "abandoned" => true,
        "cancelled" => by != request.ClientId,
        _ => false,
    };

    public IEnumerable<NpgsqlBatchCommand> After(QueueRequest[] requests, TimeSpan claim) =>
    [
        new NpgsqlBatchCommand(Sql).With(Array.ConvertAll(requests, r => r.CorrelationId)).With(Array.ConvertAll(requests, r => r.Pending!.By!)).With(Array.ConvertAll(requests, r => r.Pending!.Event)),
    ];
}
