namespace Riq.Simulator.Faults;

enum FaultKind
{
    /// <summary>429, not executed.</summary>
    TooManyRequests,
    /// <summary>A 5xx, not executed.</summary>
    ServerError,
    /// <summary>The endpoint's burst bucket is empty for a while.</summary>
    Burst,
    /// <summary>Everything is right, only later.</summary>
    Delay,
    /// <summary>The connection breaks before anything is done.</summary>
    ResetBefore,
    /// <summary>Done, and never answered.</summary>
    CommitThenHang,
    /// <summary>Done, and the connection breaks.</summary>
    CommitThenReset,
    /// <summary>Done, and answered with a 5xx.</summary>
    CommitThenServerError,
    /// <summary>Done, and the connection breaks in the middle of the answer.</summary>
    Truncate,
    /// <summary>Done, and an HTML page in place of the answer's JSON.</summary>
    HtmlBody,
    /// <summary>Done, and answered without a body.</summary>
    EmptyBody,
    /// <summary>409 for the first call of each path, not executed.</summary>
    ConflictOnce,
    /// <summary>401: the token's scope does not cover the call.</summary>
    DenyScope,
}

/// <summary>What a rule does to a call that it hits.</summary>
sealed record FaultAction(FaultKind Kind)
{
    /// <summary>Value of RateLimit-Reason for a 429; null sends none.</summary>
    public string? Reason { get; init; }

    /// <summary>Seconds; null sends no Retry-After.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Status of a 5xx.</summary>
    public int Code { get; init; } = 503;

    /// <summary>Whether a refusal's body is an HTML page.</summary>
    public bool Html { get; init; }

    /// <summary>How long a delay or a burst lasts.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(1);

    public string Name => FaultNames.Of(Kind);
}

/// <summary>The names of the actions in rules and in the ledger.</summary>
static class FaultNames
{
    static readonly Dictionary<string, FaultKind> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["429"] = FaultKind.TooManyRequests, ["5xx"] = FaultKind.ServerError, ["burst"] = FaultKind.Burst, ["delay"] = FaultKind.Delay,
        ["reset-before"] = FaultKind.ResetBefore, ["commit-then-hang"] = FaultKind.CommitThenHang, ["commit-then-reset"] = FaultKind.CommitThenReset,
        ["commit-then-5xx"] = FaultKind.CommitThenServerError, ["truncate"] = FaultKind.Truncate, ["html-body"] = FaultKind.HtmlBody,
        ["empty-body"] = FaultKind.EmptyBody, ["conflict-once"] = FaultKind.ConflictOnce, ["deny-scope"] = FaultKind.DenyScope,
    };

    static readonly Dictionary<FaultKind, string> Names = ByName.ToDictionary(p => p.Value, p => p.Key);

    public static string All => string.Join(", ", ByName.Keys);
    public static bool TryParse(string name, out FaultKind kind) => ByName.TryGetValue(name, out kind);
    public static string Of(FaultKind kind) => Names[kind];
}
