using Npgsql;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Callbacks;

/// <summary>Stores the callback of a request that ends in the transaction of its end. Requests without one cost nothing.</summary>
sealed class CallbackQueue(RiqOptions options) : IStoredWithChange
{
    const string AddSql = $"""
        insert into callbacks(id, request_id, version, ended_at, request_status, client_id, url, host, state, attempts, failures, due_at, give_up_at)
        select t.id, r.id, r.version, r.completed_at, r.status, r.client_id, r.callback_url, t.host, 'pending', 0, 0, now(), now() + $4
        from unnest($1::uuid[], $2::uuid[], $3::text[]) as t(id, request_id, host) join queue_requests r on r.id = t.request_id
        where {IStoredWithChange.StoredHere} and r.callback_url is not null and r.status in ('completed', 'failed', 'dead')
        """;

    public bool Concerns(QueueRequest request) => request.CallbackUrl is not null && RequestStatus.IsEnd(request.Status);

    public IEnumerable<NpgsqlBatchCommand> After(QueueRequest[] requests, TimeSpan claim) =>
    [
        new NpgsqlBatchCommand(AddSql)
            .With(Array.ConvertAll(requests, _ => Guid.CreateVersion7())).With(Array.ConvertAll(requests, r => r.CorrelationId))
            .With(Array.ConvertAll(requests, r => CallbackUrl.HostOfUrl(r.CallbackUrl!))).With(options.Callbacks.GiveUpAfter),
    ];
}
