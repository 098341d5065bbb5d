using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>Brings forward what waits for a service's credential. No status changes: the next attempt is only due earlier.</summary>
sealed class WaitingRequests(Database database)
{
    const int Batch = 500;

    // The outbox row is the request's delayed command; a copy that a relay is sending at this moment is dropped by the fenced claim.
    const string ResumeSql = """
        with waiting as (
          select id from queue_requests where status = 'queued' and service = $1 and waiting_for = 'credentials' and next_retry_at > now()
          order by id limit $2 for update skip locked),
        resumed as (
          update queue_requests r set next_retry_at = null, waiting_for = null, sent_at = now(), updated_at = now(), version = r.version + 1
          from waiting w where r.id = w.id
          returning r.id, r.version, r.attempt),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt, by)
          select id, version, now(), 'credentials_back', 'queued', attempt, $3 from resumed),
        due as (update outbox o set due_at = now() from resumed r where o.id = r.id)
        select count(*)::int from resumed
        """;

    /// <summary>How many.</summary>
    public async Task<int> Resume(string service, string by, CancellationToken cancellation)
    {
        int all = 0, resumed;
        do
        {
            await using var command = database.Plain.CreateCommand(ResumeSql).With(service).With(Batch).With(by);
            all += resumed = (int)(await command.ExecuteScalarAsync(cancellation))!;
        }
        while (resumed == Batch);
        return all;
    }
}
