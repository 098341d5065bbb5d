using System.Text.Json;
using Riq.Api.Http;
using Riq.Engine.Gate;
using Riq.Engine.Statistics;

namespace Riq.Api.Status;

/// <summary>
/// Writes whether RIQ does its work: unhealthy (503) without Postgres, because nothing can be accepted then; degraded while
/// RabbitMQ or a service is away, because what is accepted waits.
/// </summary>
static class HealthAnswer
{
    public sealed record Facts(bool Postgres, bool RabbitMq, IReadOnlyList<ServiceState> Services, IReadOnlyList<QueueCounts> Counts)
    {
        public string Status => !Postgres ? "unhealthy" : RabbitMq && Services.All(s => s.Block is null) ? "healthy" : "degraded";
    }

    public static IResult Of(Facts facts) => new JsonAnswer(facts.Postgres ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, JsonAnswer.ContentType, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", facts.Status);
        WriteComponents(json, facts);
        json.WriteStartObject("stats");
        StatusAnswer.WriteTotals(json, facts.Counts);
        json.WriteEndObject();
        json.WriteStartObject("circuit_breakers");
        foreach (var service in facts.Services) json.WriteString(service.Service, ServiceStateStore.Word(service.Circuit.Phase));
        json.WriteEndObject();
        json.WriteEndObject();
    });

    static void WriteComponents(Utf8JsonWriter json, Facts facts)
    {
        json.WriteStartObject("components");
        Write(json, "postgres", facts.Postgres ? "up" : "down", null);
        Write(json, "rabbitmq", facts.RabbitMq ? "up" : "down", null);
        foreach (var service in facts.Services) Write(json, service.Service, service.Block?.Reason ?? "up", service.Block);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, string component, string status, ServiceBlock? why)
    {
        json.WriteStartObject(component);
        json.WriteString("status", status);
        json.Optional("until", why?.Until);
        json.Optional("message", why?.Message);
        json.WriteEndObject();
    }
}
