using Riq.Contracts;

namespace Riq.Engine.Requests;

/// <summary>
/// When to look for the effect of a write whose outcome is unclear, when "not found" may be believed, and when to give up.
/// All counted from the moment the outcome became unclear. Pure.
/// </summary>
/// <param name="LookAfter">When to look, in rising order.</param>
/// <param name="QuietAfter">From then on "not found" means that it did not happen.</param>
/// <param name="GiveUpAfter">From then on a service that gives no answer leaves the outcome unknown.</param>
public sealed record OutcomeCheckPlan(IReadOnlyList<TimeSpan> LookAfter, TimeSpan QuietAfter, TimeSpan GiveUpAfter)
{
    /// <summary>The pause between looks after the last of <see cref="LookAfter"/>.</summary>
    public static readonly TimeSpan LaterPause = TimeSpan.FromSeconds(30);

    /// <summary>Counted clocks and timers are never exact: looks are kept this far apart, and the decisive one this much behind the quiet period.</summary>
    static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(50);

    /// <summary>The plan for an operation; null when its outcome can't be cleared up.</summary>
    public static OutcomeCheckPlan? Of(OperationDeclaration? operation, ServiceOptions options)
    {
        if (operation?.ClearingUp is not { } clearing) return null;
        var harmless = clearing.QuietPeriod == TimeSpan.Zero;
        var quiet = harmless ? TimeSpan.Zero : (options.Timeout ?? operation.Timeout) + (options.QuietPeriod ?? clearing.QuietPeriod);
        return new(clearing.LookAfter, quiet, options.OutcomeCheckLimit);
    }

    /// <summary>The wait before the first look.</summary>
    public TimeSpan First => LookAfter.FirstOrDefault(LaterPause);

    /// <summary>The wait from <paramref name="elapsed"/> until the next look; the end of the quiet period is always one.</summary>
    public TimeSpan NextAfter(TimeSpan elapsed)
    {
        var planned = LookAfter.FirstOrDefault(l => l > elapsed, elapsed + LaterPause);
        var decisive = QuietAfter + Margin;
        var next = elapsed < QuietAfter && decisive < planned ? decisive : planned;
        return next - elapsed > Margin ? next - elapsed : Margin;
    }

    public bool IsQuiet(TimeSpan elapsed) => elapsed >= QuietAfter;

    public bool IsOver(TimeSpan elapsed) => elapsed >= GiveUpAfter;
}
