namespace Riq.IntegrationTests.Cluster;

/// <summary>For tests of what all hosts of this test process share, the metrics: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
