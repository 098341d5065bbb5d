using Riq.Engine.Requests;

namespace Riq.Engine.Gate;

/// <summary>An operator's wish that a service is not called.</summary>
sealed record ServicePause(string By, DateTime Since, DateTime? Until, string? Reason);

/// <summary>There is no credential that the service takes: an operator has to give one (<paramref name="Refused"/>), or none is to be had at the moment. <paramref name="NextTry"/>: when one process tries again.</summary>
sealed record CredentialWait(bool Refused, DateTime? NextTry, string? Error);

/// <summary>Why nobody calls a service at the moment, in the words of <c>waiting_for</c>. <paramref name="Until"/>: null when only an operator can end it.</summary>
sealed record ServiceBlock(string Reason, DateTime? Until, string Message)
{
    public const string Circuit = "circuit";
    public const string Paused = "paused";
    public const string Credentials = "credentials";
    public const string RateLimit = "rate_limit";

    /// <summary>Nobody is there to run it.</summary>
    public static ServiceBlock NoWorker(string service) => new(WaitingFor.Worker, null,
        $"No worker process for {service} has been heard of for {WorkerStore.DeadAfter.TotalSeconds:0} s. The request is run as soon as one is there.");
}

/// <summary>A service's row of <c>service_state</c> as it was at <paramref name="Now"/> by the database's clock.</summary>
/// <param name="Version">Grows with every change; 0 when there is no row yet.</param>
sealed record ServiceState(string Service, DateTime Now, long Version, Circuit Circuit, ServicePause? Pause)
{
    /// <summary>Of the service's grant, which is read with the state.</summary>
    public CredentialWait? Credentials { get; init; }

    /// <summary>The rate limit.</summary>
    public RateState Rate { get; init; } = RateState.Full;

    /// <summary>How long the service has asked not to be called at all; null when it has not.</summary>
    public TimeSpan? Held => Rate.HeldUntil is { } until && until > Now ? until - Now : null;

    /// <summary>The pause that holds at <see cref="Now"/>.</summary>
    public ServicePause? Paused => Pause is { } pause && (pause.Until is null || pause.Until > Now) ? pause : null;

    /// <summary>Circuit, pause or credential; what the service asked for itself is <see cref="Held"/>.</summary>
    public bool IsBlocked => Circuit.Phase != CircuitPhase.Closed || Paused is not null || Credentials is not null;

    /// <summary>Whether some process should find out now whether the service answers again. A paused one is not called for that either.</summary>
    public bool IsTrialDue => Paused is null && Circuit.IsTrialDue(Now);

    /// <summary>Whether some process should try the refused credential now. While the circuit is not closed, its trial does that too.</summary>
    public bool IsCredentialTryDue => Paused is null && Circuit.Phase == CircuitPhase.Closed && Credentials is { } wait && (wait.NextTry is null || wait.NextTry <= Now);

    /// <summary>For a client whose request waits; null when the service may be called.</summary>
    public ServiceBlock? Block => Paused is { } pause ? PausedBlock(pause) : Credentials is { } wait ? CredentialBlock(wait)
        : Circuit.Phase != CircuitPhase.Closed ? CircuitBlock()
        : Held is not null ? new(ServiceBlock.RateLimit, Rate.HeldUntil, $"{Service} has asked not to be called until then{(Rate.HeldReason is { } why ? $" ({why})" : "")}. The request stays in the queue and loses no retry.")
        : null;

    /// <summary>The same, and when nothing else holds it back but the bucket is empty, that.</summary>
    public ServiceBlock? BlockWith(RateOptions options) => Block ?? (Rate.Left(options, Now) < 1 && Rate.PerMinute(options, Now) is { } rate
        ? new(ServiceBlock.RateLimit, null, $"{Service} may be called {rate:0.##} times a minute, and those calls are made as fast as that permits. The request stays in the queue and loses no retry.")
        : null);

    ServiceBlock PausedBlock(ServicePause pause) =>
        new(ServiceBlock.Paused, pause.Until, $"{pause.By} has paused {Service}{(pause.Reason is null ? "" : $" ({pause.Reason})")}. The request stays in the queue.");

    // What the token endpoint or the service said is for operators; a client learns that it is none of its doing.
    ServiceBlock CredentialBlock(CredentialWait wait) => new(ServiceBlock.Credentials, wait.NextTry, wait.Refused
        ? $"{Service} refuses RIQ's credential. The request stays in the queue and goes on as soon as an operator has entered a new one, or when the next try in until succeeds."
        : $"There is no access token for {Service} at the moment. The request stays in the queue; the next try is at the time in until.");

    ServiceBlock CircuitBlock() => new(ServiceBlock.Circuit, Circuit.OpenUntil, Circuit switch
    {
        { Forced: not null } => $"{Circuit.ForcedBy} keeps the circuit of {Service} open. The request stays in the queue.",
        { Phase: CircuitPhase.HalfOpen } => $"{Service} has failed too often; whether it answers again is being tried. The request stays in the queue.",
        _ => $"{Service} has failed too often and is left alone until then. The request stays in the queue and loses no retry.",
    });
}
