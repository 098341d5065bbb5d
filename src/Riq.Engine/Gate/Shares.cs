namespace Riq.Engine.Gate;

/// <summary>How the account's concurrency is divided over the live workers. Pure.</summary>
static class Shares
{
    /// <summary>What the worker at <paramref name="place"/> of <paramref name="workers"/> gets; at least 1, also when there are more workers than calls permitted.</summary>
    public static int Of(int total, int workers, int place) => Math.Max(1, total / workers + (place < total % workers ? 1 : 0));

    /// <summary>The same for a limit that is not a whole number.</summary>
    public static double Of(double total, int workers) => Math.Max(1, total / workers);
}
