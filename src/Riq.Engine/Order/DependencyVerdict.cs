using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Engine.Order;

/// <summary>One thing that a request still waits for, as it stands now.</summary>
/// <param name="Status">Null when the request is gone.</param>
/// <param name="EndedSince">How long ago it ended.</param>
readonly record struct OpenDependency(Guid Id, string Kind, string? Status, TimeSpan EndedSince);

/// <summary>What a waiting request does now. Pure.</summary>
/// <param name="ErrorCode">Why it fails; null when it does not.</param>
/// <param name="Pending">How many of its dependencies have not ended.</param>
/// <param name="Done">Those that are no longer waited for.</param>
sealed record DependencyVerdict(string? ErrorCode, string? Message, int Pending, IReadOnlyList<OpenDependency> Done)
{
    /// <summary>What waits for the longest: a token's write is only the reason when no dependency is left.</summary>
    public string WaitingFor { get; init; } = Requests.WaitingFor.Dependencies;

    public static DependencyVerdict Of(IReadOnlyList<OpenDependency> open, TimeSpan tokenLifetime)
    {
        foreach (var d in open.OrderBy(d => d.Kind == DependencyKind.Consistency).ThenBy(d => d.Id))
            if (Failure(d, tokenLifetime) is var (code, message)) return new(code, message, 0, []);
        var pending = open.Where(d => !RequestStatus.IsEnd(d.Status!)).ToArray();
        return new(null, null, pending.Length, [.. open.Except(pending)])
        {
            WaitingFor = pending.All(d => d.Kind == DependencyKind.Consistency) ? Requests.WaitingFor.ConsistencyToken : Requests.WaitingFor.Dependencies,
        };
    }

    static (string Code, string Message)? Failure(OpenDependency d, TimeSpan tokenLifetime)
    {
        var token = RequestToken.Of(d.Id);
        var how = d.Status ?? "is gone";
        return (d.Kind, d.Status) switch
        {
            (_, RequestStatus.Queued or RequestStatus.Processing) => null,
            (DependencyKind.Result, RequestStatus.Completed) => null,
            (DependencyKind.Result, _) => (ErrorCodes.DependencyFailed, $"Not run, because {token}, which it depends on, {(d.Status is null ? how : "ended " + how)}."),
            (_, RequestStatus.Completed) when d.EndedSince <= tokenLifetime => null,
            (_, RequestStatus.Completed) => (ErrorCodes.ConsistencyTokenExpired, $"Not run, because the write behind its consistency token, {token}, completed more than {tokenLifetime.TotalSeconds:N0} s before. Read without the token: the write has long been visible."),
            _ => (ErrorCodes.ConsistencyTokenInvalid, $"Not run, because the write behind its consistency token, {token}, {(d.Status is null ? how : "ended " + how)}."),
        };
    }
}
