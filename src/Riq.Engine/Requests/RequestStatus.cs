namespace Riq.Engine.Requests;

/// <summary>The states of a request as they are stored.</summary>
public static class RequestStatus
{
    public const string Queued = "queued";
    public const string Processing = "processing";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Dead = "dead";

    public static IReadOnlyList<string> All { get; } = [Queued, Processing, Completed, Failed, Dead];

    /// <summary>Whether nothing more happens to the request by itself.</summary>
    public static bool IsEnd(string status) => status is Completed or Failed or Dead;
}

/// <summary>The three levels of urgency, most urgent first.</summary>
public static class Priorities
{
    public const string High = "high";
    public const string Normal = "normal";
    public const string Low = "low";

    public static IReadOnlyList<string> All { get; } = [High, Normal, Low];

    /// <summary>0 for high, 1 for normal, 2 for low.</summary>
    public static int Rank(string priority) => priority switch { High => 0, Normal => 1, _ => 2 };
}

/// <summary>What a queued request waits for, where that is a fact of the request itself and not of its service.</summary>
public static class WaitingFor
{
    public const string Retry = "retry";
    /// <summary>Requests that it depends on have not ended.</summary>
    public const string Dependencies = "dependencies";
    /// <summary>The write behind its consistency token has not ended.</summary>
    public const string ConsistencyToken = "consistency_token";
    /// <summary>Earlier writes to the same entity have not ended.</summary>
    public const string Lane = "lane";
    /// <summary>A limit of the service was met.</summary>
    public const string RateLimit = "rate_limit";
    /// <summary>Whether its last attempt took effect is being found out.</summary>
    public const string OutcomeCheck = "outcome_check";
    /// <summary>The service refuses the credential; a new grant or a probe that succeeds ends the wait.</summary>
    public const string Credentials = "credentials";
    /// <summary>Computed when asked, never stored: nothing but a free worker is missing.</summary>
    public const string Worker = "worker";
}

/// <summary>What the next attempt of a request does.</summary>
public static class NextStep
{
    /// <summary>Runs the operation.</summary>
    public const string Execute = "execute";
    /// <summary>Asks the service whether an earlier attempt took effect.</summary>
    public const string ClearUp = "clear_up";
}
