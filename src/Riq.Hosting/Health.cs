using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Prometheus;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;
using Riq.Engine.Tokens;

namespace Riq.Hosting;

/// <summary>
/// Probes for whoever runs the process. Alive: it answers. Ready: Postgres answers too; RabbitMQ being away only degrades,
/// because requests are accepted and kept meanwhile; so does a service that
/// takes no credential that RIQ has (<c>needs_reauth</c>), because its requests wait.
/// </summary>
static class Health
{
    static readonly TimeSpan PostgresLimit = TimeSpan.FromSeconds(2);

    public static void MapRiqHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "healthy" })).ExcludeFromDescription();
        app.MapGet("/health/ready", Ready).ExcludeFromDescription();
        // Of .NET's own meters the runtime's alone, which are read when somebody asks: those of HTTP and Npgsql cost 7 % of an API's time, on each call.
        Metrics.ConfigureMeterAdapter(o => o.InstrumentFilterPredicate = i => i.Meter.Name == "System.Runtime");
        app.MapMetrics().ExcludeFromDescription();
    }

    static async Task<IResult> Ready(Database database, BrokerPublisher broker, TokenManager tokens, CancellationToken cancellation)
    {
        var postgres = await database.Answers(PostgresLimit, cancellation);
        var needReauth = tokens.NeedingReauth;
        var status = !postgres ? "unhealthy" : broker.IsConnected && needReauth.Count == 0 ? "healthy" : "degraded";
        string[] waitingFor = [.. postgres ? [] : (string[])["postgres"], .. broker.IsConnected ? [] : (string[])["rabbitmq"]];
        return Results.Json(new { status, components = new { postgres = Word(postgres), rabbitmq = Word(broker.IsConnected) }, waiting_for = waitingFor, needs_reauth = needReauth },
            statusCode: postgres ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    static string Word(bool up) => up ? "up" : "down";
}
