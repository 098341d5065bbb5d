using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Reads;

/// <summary>
/// Older answers for reads whose clients prefer one to an error (<c>stale_if_error</c>): no older than the client says, of the same
/// credential, and never one that a write has changed since.
/// </summary>
sealed class StaleAnswers(Database database, ILogger<StaleAnswers> log)
{
    /// <summary>Condition on <c>t.service</c>: RIQ does not call the service at the moment, because it fails or an operator has paused it.</summary>
    public const string ServiceIsAway = """
        exists (select from service_state s where s.service = t.service
          and (s.circuit <> 'closed' or s.paused_by is not null and coalesce(s.paused_until > now(), true)))
        """;

    const string FindSql = $"""
        select e.result::text, e.read_at from queue_requests r join read_cache e on e.key = r.cache_key
        where r.id = $1 and {ReadCache.Unchanged} and e.read_at > now() - r.stale_if_error * interval '1 second'
        """;

    /// <summary>The older answer as the end of the attempt when it failed by the service's fault and there is one; else the end as it is.</summary>
    public async Task<object> InPlaceOf(object end, QueueRequest request)
    {
        if (request.StaleIfError is null || request.NextStep == NextStep.ClearUp || end is not AttemptFailed { Error: { IsServiceFailure: true } error }) return end;
        try
        {
            var found = await database.Hot.CreateCommand(FindSql).With(request.CorrelationId).List(r => new Succeeded(r.GetString(0), HttpStatus: null) { Stale = new(r.GetDateTime(1), error) });
            if (found.Count > 0) RiqMetrics.CacheRequests.WithLabels("stale").Inc();
            return found.Count > 0 ? found[0] : end;
        }
        // The request goes its ordinary way.
        catch (Exception e) when (e is NpgsqlException or TimeoutException) { log.CacheAway(e.Message); return end; }
    }
}
