namespace Riq.Engine.Sweepers;

/// <summary>
/// A bounded piece of housekeeping that one process at a time does again and again. Leadership is only thrift: an old
/// leader may still run beside a new one, so every sweep must be harmless when it runs twice.
/// </summary>
interface ISweeper
{
    /// <summary>The label of its metric.</summary>
    string Name { get; }

    /// <summary>The pause between two sweeps.</summary>
    TimeSpan Interval { get; }

    /// <summary>The largest part of the time that its sweeps may take: after one that took long, the pause is longer.</summary>
    double LargestShare => 1;

    /// <summary>One sweep. Throws when Postgres or RabbitMQ is away; it is tried again after <see cref="Interval"/>.</summary>
    /// <param name="steadyFor">How long Postgres has been there without a break, as far as leaders have seen.</param>
    /// <param name="cancellation">The end of the leadership.</param>
    Task Sweep(TimeSpan steadyFor, CancellationToken cancellation);
}
