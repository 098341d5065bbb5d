using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Engine.Gate;
using Riq.Engine.Outbox;
using Riq.Engine.Security;
using Riq.Engine.Statistics;
using Riq.Engine.Storage;

namespace Riq.Api.Status;

/// <summary>
/// What waits and runs, and what of RIQ and its services is up. Both answer from what is known anyway: counts that are 2 s
/// old, states that are 1 s old; neither counts rows.
/// </summary>
static class StatusEndpoints
{
    static readonly TimeSpan PostgresLimit = TimeSpan.FromSeconds(2);

    public static void MapStatus(this IEndpointRouteBuilder queue)
    {
        queue.MapGet("/status", (QueueStatistics statistics) => StatusAnswer.Of(statistics.Current)).WithName("queue-status").Needs(Scopes.Read);
        queue.MapGet("/health", Health).WithName("queue-health").Needs(Scopes.Read);
    }

    static async Task<IResult> Health(Database database, BrokerPublisher broker, ServiceStates states, QueueStatistics statistics, CancellationToken cancellation)
    {
        var postgres = await database.Answers(PostgresLimit, cancellation);
        var services = postgres ? await ServicesOf(states) : [];
        return HealthAnswer.Of(new(postgres, broker.IsConnected, services, statistics.Current));
    }

    // Postgres may go away between the two questions: then nothing is known of the services, and the next probe says so.
    static async Task<IReadOnlyList<ServiceState>> ServicesOf(ServiceStates states)
    {
        try { return await states.Current().WaitAsync(PostgresLimit); }
        catch (Exception e) when (Database.IsOutage(e)) { return []; }
    }
}
