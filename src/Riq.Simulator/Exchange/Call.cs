using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Riq.Simulator.Accounts;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Exchange;

/// <summary>One call, read completely. Handlers look at this, change the site's state and return an <see cref="Answer"/>; they never wait.</summary>
sealed class Call(HttpContext http, Route route, string path, SimulatorSettings settings, DateTimeOffset at)
{
    public HttpContext Http { get; } = http;
    public Route Route { get; } = route;

    /// <summary>The path without the gateway's prefix.</summary>
    public string Path { get; } = path;

    public SimulatorSettings Settings { get; } = settings;

    /// <summary>When it arrived, by the site's clock.</summary>
    public DateTimeOffset At { get; } = at;

    /// <summary>When its work is done: after the latency.</summary>
    public DateTimeOffset WorkAt { get; set; } = at;

    /// <summary>The parsed body; undefined when there is none. Parts of it may be kept.</summary>
    public JsonElement Body { get; set; }

    /// <summary>The body as text, for the token endpoint, which also takes forms.</summary>
    public string FormText { get; set; } = "";

    public Account Account { get; set; } = Account.Nobody;
    public bool IsApp { get; set; }

    /// <summary>The RIQ token that the body carries, if it carries one.</summary>
    public string? Marker { get; set; }

    /// <summary>Set by a handler that has changed the site's state.</summary>
    public bool Committed { get; set; }

    public string Method => Http.Request.Method;

    /// <summary>The calling process, as it names itself.</summary>
    public string Worker => Http.Request.Headers.UserAgent is { Count: > 0 } agent ? agent.ToString() : "unknown";

    public bool DataCenter => Settings.DataCenter;

    /// <summary>Version 2 and Data Center take and give plain text where version 3 has documents.</summary>
    public bool PlainText => Path.StartsWith("/rest/api/2/", StringComparison.Ordinal);

    public string Origin => $"{Http.Request.Scheme}://{Http.Request.Host}{Http.Request.PathBase}";

    public string Segment(string name) => Http.Request.RouteValues[name] as string ?? "";

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;

    /// <summary>A parameter that may be repeated or hold a comma-separated list.</summary>
    public string[]? QueryList(string name) =>
        Http.Request.Query.TryGetValue(name, out StringValues values) ? [.. values.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))] : null;

    public int QueryInt(string name, int otherwise, int min, int max) =>
        int.TryParse(Query(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var given) ? Math.Clamp(given, min, max) : otherwise;
}
