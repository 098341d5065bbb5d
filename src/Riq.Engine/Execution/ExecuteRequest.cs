namespace Riq.Engine.Execution;

/// <summary>
/// The command in the work queues: run this attempt of this request. Ids only, never a payload. <paramref name="Client"/> lets
/// clients take turns before anything is read; a message without it waits in a turn that all such messages share.
/// </summary>
public sealed record ExecuteRequest(Guid RequestId, int Attempt, string? Client = null)
{
    /// <summary>The type's name in MassTransit's envelope.</summary>
    public const string MessageUrn = "urn:message:Riq.Engine.Execution:ExecuteRequest";
}

/// <summary>The event that wakes waiting clients in every API process: these requests ended.</summary>
public sealed record RequestsEnded(Guid[] Ids)
{
    /// <summary>The type's name in MassTransit's envelope.</summary>
    public const string MessageUrn = "urn:message:Riq.Engine.Execution:RequestsEnded";
}
