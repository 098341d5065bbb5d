namespace Riq.Engine.Gate;

/// <summary>An operator's wish that a service is not called.</summary>
sealed record ServicePause(string By, DateTime Since, DateTime? Until, string? Reason);

/// <summary>Why nobody calls a service at the moment, in the words of <c>waiting_for</c>. <paramref name="Until"/>: null when only an operator can end it.</summary>
sealed record ServiceBlock(string Reason, DateTime? Until, string Message)
{
    public const string Circuit = "circuit";
    public const string Paused = "paused";
}

/// <summary>A service's row of <c>service_state</c> as it was at <paramref name="Now"/> by the database's clock.</summary>
/// <param name="Version">Grows with every change; 0 when there is no row yet.</param>
sealed record ServiceState(string Service, DateTime Now, long Version, Circuit Circuit, ServicePause? Pause)
{
    public static ServiceState Unknown(string service, DateTime now) => new(service, now, 0, Circuit.New, null);

    /// <summary>The pause that holds at <see cref="Now"/>.</summary>
    public ServicePause? Paused => Pause is { } pause && (pause.Until is null || pause.Until > Now) ? pause : null;

    public bool IsBlocked => Circuit.Phase != CircuitPhase.Closed || Paused is not null;

    /// <summary>For a client whose request waits; null when the service may be called.</summary>
    public ServiceBlock? Block => Paused is { } pause ? PausedBlock(pause) : Circuit.Phase == CircuitPhase.Closed ? null : CircuitBlock();

    ServiceBlock PausedBlock(ServicePause pause) =>
        new(ServiceBlock.Paused, pause.Until, $"{pause.By} has paused {Service}{(pause.Reason is null ? "" : $" ({pause.Reason})")}. The request stays in the queue.");

    ServiceBlock CircuitBlock() => new(ServiceBlock.Circuit, Circuit.OpenUntil, Circuit switch
    {
        { Forced: not null } => $"{Circuit.ForcedBy} keeps the circuit of {Service} open. The request stays in the queue.",
        { Phase: CircuitPhase.HalfOpen } => $"{Service} has failed too often; whether it answers again is being tried. The request stays in the queue.",
        _ => $"{Service} has failed too often and is left alone until then. The request stays in the queue and loses no retry.",
    });
}
