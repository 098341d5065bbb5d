using System.Text.Json;
using Riq.Api.Http;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Api.Requests;

/// <summary>Writes what a request waits for, and what waits for it.</summary>
static class RelationAnswer
{
    public static void Write(Utf8JsonWriter json, RequestRelations relations)
    {
        Write(json, "depends_on", relations.DependsOn.Items);
        json.WriteNumber("depends_on_total", relations.DependsOn.Total);
        Write(json, "dependents", relations.Dependents.Items);
        json.WriteNumber("dependents_total", relations.Dependents.Total);
        if (relations.Lane is not { } lane) return;
        json.WriteStartObject("lane");
        json.WriteString("key", lane.Key);
        json.Optional("position", lane.Ahead + 1);
        Write(json, "ahead", lane.First);
        json.WriteNumber("behind", lane.Behind);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, string name, IEnumerable<RelatedRequest> requests)
    {
        json.WriteStartArray(name);
        foreach (var r in requests)
        {
            json.WriteStartObject();
            json.WriteString("token", RequestToken.Of(r.Id));
            json.Optional("operation", r.Operation);
            json.Optional("status", r.Status);
            if (r.Status == RequestStatus.Queued) json.Optional("waiting_for", r.WaitingFor);
            json.Optional("kind", r.Kind);
            if (r.Kind is not null) json.WriteBoolean("done", r.Done);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
