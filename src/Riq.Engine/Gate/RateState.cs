using Riq.Contracts;

namespace Riq.Engine.Gate;

/// <summary>Calls that are not to begin before <paramref name="Until"/>: those of an endpoint, or those about one entity.</summary>
sealed record ScopeHold(LimitScope Scope, string Name, DateTime Until, string? Reason)
{
    public bool IsAbout(OutgoingCall call) => Name == (Scope == LimitScope.Endpoint ? call.Endpoint : call.Entity);
}

/// <summary>What an operator set in place of the settings; null: the setting.</summary>
sealed record LimitOverride(int? Rate, int? Burst, int? Concurrency, string? By)
{
    public static LimitOverride None { get; } = new(null, null, null, null);
}

/// <summary>The shared bucket of a service, and what the service has asked for by its answers. Times are the database's.</summary>
sealed record RateState
{
    public static RateState Full { get; } = new();

    /// <summary>What was left of the bucket at <see cref="FilledAt"/>; null: it was never used.</summary>
    public double? Tokens { get; init; }
    public DateTime? FilledAt { get; init; }
    /// <summary>Until when the service is not to be called at all.</summary>
    public DateTime? HeldUntil { get; init; }
    public string? HeldReason { get; init; }
    /// <summary>Refusals in a row that did not say which limit was hit: each doubles the wait.</summary>
    public int Strikes { get; init; }
    /// <summary>Calls a minute that are left until <see cref="LoweredUntil"/>.</summary>
    public double? LoweredTo { get; init; }
    public DateTime? LoweredUntil { get; init; }
    public IReadOnlyList<ScopeHold> Holds { get; init; } = [];
    public LimitOverride Override { get; init; } = LimitOverride.None;

    /// <summary>The calls a minute that count now; null: any number.</summary>
    public double? PerMinute(RateOptions options, DateTime now)
    {
        var set = Override.Rate ?? options.PerMinute;
        double? rate = set == 0 ? null : set;
        return LoweredUntil > now && LoweredTo is { } lowered ? Math.Min(rate ?? double.MaxValue, lowered) : rate;
    }

    public int Burst(RateOptions options) => Math.Max(1, Override.Burst ?? options.Burst);

    /// <summary>Calls that may begin at once; null: any number. The same sum as in <see cref="ServiceStateStore.Lease"/>.</summary>
    public double? Left(RateOptions options, DateTime now)
    {
        if (PerMinute(options, now) is not { } rate) return null;
        var filled = FilledAt is { } at ? Math.Max(0, (now - at).TotalMinutes) * rate : 0;
        return Math.Min(Burst(options), (Tokens ?? Burst(options)) + filled);
    }
}

/// <summary>A service's rate as it is set: calls a minute (0: any number), and how many may come at once.</summary>
readonly record struct RateOptions(int PerMinute, int Burst);
