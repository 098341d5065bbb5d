using Microsoft.Extensions.Logging;
using Riq.Engine.Execution;
using Riq.Engine.Gate;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Sweepers;

/// <summary>
/// Sends commands again that RabbitMQ has lost: a queue purged or deleted, a broker set up anew. A command counts as lost
/// when its request is ready and due, no outbox row is left to send it, and its queue is missing or empty although it
/// was sent long ago, or one sent much later has been claimed already. Sending one too many does no harm (the claim is
/// fenced), so a request gets at most one copy in twice <see cref="RiqOptions.LostAfter"/>.
/// </summary>
sealed class LostMessageSweeper(Database database, BrokerPublisher broker, OperationCatalog catalog, RiqOptions options, ILogger<LostMessageSweeper> log) : ISweeper
{
    const int Batch = 500;
    const int MostBatches = 20;

    // Client by client, as the index has them; the longest lost of all go first.
    const string CandidatesSql = $"""
        with recursive {WaitingClients.Sql}
        select l.id, l.attempt, c.client from clients c
        cross join lateral (
          select r.id, r.attempt, r.sent_at from queue_requests r
          where r.status = 'queued' and r.service = $1 and r.priority = $2 and r.client_id = c.client and r.ready and r.sent_at < now() - $3
            and coalesce(r.next_retry_at, now()) <= now() and (r.next_step = 'clear_up' or r.expires_at is null or r.expires_at > now())
            and ($4 or r.sent_at < (select q.claimed_sent_at - 2 * $3 from queue_stats q where q.service = $1 and q.priority = $2))
            and not exists (select from outbox o where o.id = r.id and o.parked_reason is null)
          order by r.sent_at limit $5) l
        order by l.sent_at limit $5
        """;

    // Under the row's lock, so that a claim or an end that comes in between wins. sent_at in the future spaces the copies.
    const string ResendSql = """
        with due as (
          update queue_requests r set sent_at = now() + $5
          from unnest($1::uuid[], $2::int[], $3::uuid[], $4::bytea[]) as t(id, attempt, message_id, body)
          where r.id = t.id and r.attempt = t.attempt and r.status = 'queued'
          returning r.id, t.message_id, t.body)
        insert into outbox(id, message_id, destination, body, due_at, attempts)
        select id, message_id, $6, body, now(), 0 from due
        on conflict (id) do update set message_id = excluded.message_id, destination = excluded.destination, body = excluded.body,
          due_at = excluded.due_at, attempts = 0, parked_reason = null
        """;

    public string Name => "lost_messages";
    public TimeSpan Interval => options.SweepInterval;
    // While many messages wait in the outbox, finding those that don't is a walk over all of them.
    public double LargestShare => 0.2;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        foreach (var service in catalog.Services)
            foreach (var priority in Priorities.All) await Sweep(service, priority, cancellation);
    }

    async Task Sweep(string service, string priority, CancellationToken cancellation)
    {
        var queue = Destinations.WorkQueue(service, priority);
        var nothingThere = await broker.CountReady(queue) is null or 0;
        // The queue was found empty before: all of these were sent long before that, whatever has been sent again meanwhile.
        var (resent, batches) = (0, 0);
        List<ExecuteRequest> lost;
        do
        {
            lost = await database.Plain.CreateCommand(CandidatesSql).With(service).With(priority).With(options.LostAfter).With(nothingThere).With(Batch)
                .List(r => new ExecuteRequest(r.GetGuid(0), r.GetInt32(1), r.GetString(2)), cancellation);
            if (lost.Count > 0) resent += await Resend(lost, Destinations.Work(service, priority), cancellation);
        }
        while (lost.Count == Batch && ++batches < MostBatches);
        if (resent > 0) log.Resent(resent, queue);
    }

    Task<int> Resend(List<ExecuteRequest> lost, string destination, CancellationToken cancellation)
    {
        lost.Sort((a, b) => a.RequestId.CompareTo(b.RequestId));
        var messageIds = lost.ConvertAll(_ => Guid.CreateVersion7());
        var bodies = lost.Select((l, i) => Envelope.Execute(messageIds[i], l.RequestId, l.Attempt, l.Client));
        return database.Plain.CreateCommand(ResendSql)
            .With(lost.Select(l => l.RequestId).ToArray()).With(lost.Select(l => l.Attempt).ToArray()).With(messageIds.ToArray()).With(bodies.ToArray())
            .With(options.LostAfter).With(destination).Run(cancellation);
    }
}
