using System.Text.Json.Nodes;

namespace Riq.Simulator.Exchange;

/// <summary>What a call will answer. Built completely before it is sent, so that a fault can still replace, cut or withhold it.</summary>
sealed record Answer(int Status, JsonNode? Body = null)
{
    public const string HtmlPage = "<!DOCTYPE html><html><head><title>Atlassian</title></head><body><h1>Something went wrong</h1></body></html>";

    /// <summary>Sent instead of <see cref="Body"/>, with <see cref="ContentType"/>.</summary>
    public string? Text { get; init; }

    public string ContentType { get; init; } = "application/json;charset=UTF-8";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Points that the call costs an app: 1, and what it read or made beyond that.</summary>
    public int Points { get; init; } = 1;

    public static Answer Ok(JsonNode body) => new(200, body);
    public static Answer Created(JsonNode body) => new(201, body);
    public static readonly Answer NoContent = new(204);

    public static Answer NoSuchResource => new(404, new JsonObject { ["message"] = "null for uri", ["status-code"] = 404 });

    public Answer With(params KeyValuePair<string, string>[] headers) => this with { Headers = [.. Headers, .. headers] };

    public Answer AsHtml() => this with { Body = null, Text = HtmlPage, ContentType = "text/html;charset=UTF-8" };

    public Answer AsEmpty() => this with { Body = null, Text = null };
}
