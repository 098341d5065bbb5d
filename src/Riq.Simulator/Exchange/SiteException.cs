using System.Text.Json.Nodes;

namespace Riq.Simulator.Exchange;

/// <summary>A refusal from deep inside a handler, as the answer that it becomes. Thrown before anything was changed.</summary>
sealed class SiteException(int status, JsonNode body) : Exception
{
    public Answer Answer { get; } = new(status, body);

    /// <summary>In Jira's shape, without a field.</summary>
    public static SiteException Jira(int status, string message) =>
        new(status, new JsonObject { ["errorMessages"] = new JsonArray(message), ["errors"] = new JsonObject() });

    /// <summary>In Confluence v2's shape.</summary>
    public static SiteException Confluence(int status, string code, string title) =>
        new(status, new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["status"] = status, ["code"] = code, ["title"] = title, ["detail"] = null }) });
}
