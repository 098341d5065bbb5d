namespace Riq.Engine.Gate;

/// <summary>When calls of a service are stopped for a while: section <c>Riq:Services:&lt;name&gt;:Circuit</c>.</summary>
public sealed class CircuitOptions
{
    /// <summary>Failed calls within <see cref="Window"/>, over all workers, at which the circuit opens. Default 5.</summary>
    public int Failures { get; set; } = 5;

    /// <summary>How far back calls count, to the second. Default 60 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The part of the window's calls that must have failed as well. Default 0.5.</summary>
    public double Ratio { get; set; } = 0.5;

    /// <summary>How long nothing is called before one trial. Default 60 s.</summary>
    public TimeSpan OpenFor { get; set; } = TimeSpan.FromSeconds(60);

    public IEnumerable<string> Problems(string path)
    {
        if (Failures is < 1 or > 1_000_000) yield return $"{path}:Failures must be between 1 and 1,000,000.";
        if (Window < TimeSpan.FromSeconds(1) || Window > TimeSpan.FromMinutes(10)) yield return $"{path}:Window must be between 00:00:01 and 00:10:00.";
        if (!(Ratio is > 0 and <= 1)) yield return $"{path}:Ratio must be above 0 and at most 1.";
        if (OpenFor < TimeSpan.FromMilliseconds(100) || OpenFor > TimeSpan.FromDays(1)) yield return $"{path}:OpenFor must be between 00:00:00.100 and 1.00:00:00.";
    }
}
