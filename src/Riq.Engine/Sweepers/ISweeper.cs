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

    /// <summary>One sweep. Throws when Postgres or RabbitMQ is away; it is tried again after <see cref="Interval"/>.</summary>
    /// <param name="leadingFor">How long this process has been leading without interruption.</param>
    /// <param name="cancellation">The end of the leadership.</param>
    Task Sweep(TimeSpan leadingFor, CancellationToken cancellation);
}
