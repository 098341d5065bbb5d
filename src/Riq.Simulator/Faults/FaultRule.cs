using System.Text.Json.Nodes;

namespace Riq.Simulator.Faults;

/// <summary>
/// Which calls go wrong, and how. Of the calls that route, method and marker mean and that arrive in the time window, the
/// rule hits the nth, every so many, or each with a probability; all of them when none is given; at most <see cref="Times"/>.
/// </summary>
sealed class FaultRule(FaultAction action)
{
    const int MaxPathsRemembered = 100_000;

    readonly Lock _lock = new();
    readonly HashSet<string> _conflicted = [];
    long _seen, _hits;

    public required string Id { get; init; }
    public FaultAction Action { get; } = action;
    public string Route { get; init; } = "";
    public string? Method { get; init; }
    public string? Marker { get; init; }
    public int? Nth { get; init; }
    public int? Every { get; init; }
    public double? Probability { get; init; }
    public DateTimeOffset From { get; init; } = DateTimeOffset.MinValue;
    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;
    public int? Times { get; init; }

    /// <summary>Whether this call is hit; counts it.</summary>
    public bool TryHit(string method, string path, string template, string? marker, DateTimeOffset at, Func<double> chance)
    {
        if (!FaultMatch.Method(Method, method) || !FaultMatch.Route(Route, path, template) || Marker is not null && Marker != marker) return false;
        if (at < From || at >= Until) return false;
        lock (_lock)
        {
            _seen++;
            if (_hits >= (Times ?? long.MaxValue) || !IsChosen(chance) || !IsFirstOfItsPath(method, path)) return false;
            _hits++;
            return true;
        }
    }

    bool IsChosen(Func<double> chance)
    {
        if (Nth is { } nth && _seen != nth) return false;
        if (Every is { } every && _seen % every != 0) return false;
        return Probability is not { } probability || chance() < probability;
    }

    bool IsFirstOfItsPath(string method, string path) =>
        Action.Kind != FaultKind.ConflictOnce || _conflicted.Count < MaxPathsRemembered && _conflicted.Add($"{method} {path}");

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["route"] = Route, ["method"] = Method, ["marker"] = Marker, ["action"] = Action.Name };
        if (Nth is { } nth) json["nth"] = nth;
        if (Every is { } every) json["every"] = every;
        if (Probability is { } probability) json["probability"] = probability;
        if (Times is { } times) json["times"] = times;
        if (From > DateTimeOffset.MinValue) json["from"] = From.ToString("O");
        if (Until < DateTimeOffset.MaxValue) json["until"] = Until.ToString("O");
        if (Action.Reason is { } reason) json["reason"] = reason;
        if (Action.RetryAfter is { } retryAfter) json["retryAfter"] = retryAfter;
        if (Action.Kind is FaultKind.ServerError or FaultKind.CommitThenServerError) json["code"] = Action.Code;
        if (Action.Kind is FaultKind.Delay or FaultKind.Burst) json["seconds"] = Action.Duration.TotalSeconds;
        if (Action.Html) json["html"] = true;
        lock (_lock) (json["seen"], json["hits"]) = (_seen, _hits);
        return json;
    }
}
