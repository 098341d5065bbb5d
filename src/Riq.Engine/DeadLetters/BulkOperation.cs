using Riq.Engine.Requests;

namespace Riq.Engine.DeadLetters;

/// <summary>What is to be done with a list of dead letters.</summary>
static class BulkKind
{
    public const string Retry = "retry", Purge = "purge";
}

/// <summary>A bulk operation and how far it has come.</summary>
sealed record BulkOperation(Guid Id, string Kind, string State, string Filter, string By, int Total, int First, int PerSecond, bool Proven, string? Reason, DateTime CreatedAt, DateTime? EndedAt)
{
    public const string Running = "running";

    public long Done { get; init; }
    public long Skipped { get; init; }

    /// <summary>Who did it, as timelines and the audit trail say it.</summary>
    public string Actor => $"{By} (bulk {Id:N})";
}

/// <summary>One of those that went first, and what is known of it.</summary>
/// <param name="Status">Of the request now; null: it is gone.</param>
readonly record struct FirstOne(string State, string? CodeBefore, string? Status, string? CodeNow);

/// <summary>What follows from those that went first.</summary>
enum BulkVerdict { Wait, GoOn, Stop }

static class BulkRule
{
    /// <summary>The rest follows as soon as one of the first has completed, and not at all when they have all ended without that and half of them by the same error as before.</summary>
    public static BulkVerdict AfterFirst(IReadOnlyCollection<FirstOne> first)
    {
        if (first.Any(f => f is { State: "done", Status: RequestStatus.Completed })) return BulkVerdict.GoOn;
        if (first.Any(f => f.State == "waiting" || f is { State: "done", Status: RequestStatus.Queued or RequestStatus.Processing })) return BulkVerdict.Wait;
        var tried = first.Count(f => f.State == "done");
        var same = first.Count(f => f is { State: "done", Status: RequestStatus.Dead or RequestStatus.Failed } && f.CodeNow == f.CodeBefore);
        return tried > 0 && 2 * same >= tried ? BulkVerdict.Stop : BulkVerdict.GoOn;
    }
}
