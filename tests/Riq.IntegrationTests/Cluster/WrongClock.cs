namespace Riq.IntegrationTests.Cluster;

/// <summary>The clock of a machine that was set wrongly: it runs as fast as all others, and tells another time.</summary>
public sealed class WrongClock(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}
