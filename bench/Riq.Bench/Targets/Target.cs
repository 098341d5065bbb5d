using Riq.Bench.Measure;
using Riq.Bench.Report;

namespace Riq.Bench.Targets;

/// <summary>Something to be measured.</summary>
/// <param name="Name">As it is asked for on the command line.</param>
/// <param name="About">For the list of them.</param>
/// <param name="Start">The installation that it wants, of its own: what one target leaves behind is not the next one's.</param>
/// <param name="Run">Measures; C is not known yet while it runs, so it is given the part later.</param>
/// <param name="IsExtra">Takes long: only when it is named, or with <c>all</c>.</param>
sealed record Target(string Name, string About, Func<Task<Running>> Start, Func<Running, IAsyncEnumerable<Measured>> Run, bool IsExtra = false)
{
    /// <summary>Measures between two yardsticks.</summary>
    public async Task RunInto(RunReport report)
    {
        report.Begin($"{Name}: {About}");
        await using var running = await Start();
        var before = await running.Yardstick();
        report.Add(before);
        var measured = new List<Measured>();
        await foreach (var value in Run(running))
        {
            measured.Add(value);
            RunReport.Tell(value);
        }
        var after = await running.Yardstick();
        report.Add(after);
        var c = Yardstick.Mean(before, after).C;
        foreach (var m in measured) report.Add(new Figure(Name, m.What, m.Value, m.Unit, m.IsRate ? m.Value / (m.C ?? c) : null, m.Goal));
    }
}

/// <param name="IsRate">Whether it is compared with the yardstick.</param>
/// <param name="C">The yardstick, when a run is so long that the machine may be another one by its end.</param>
sealed record Measured(string What, double Value, string Unit, bool IsRate = false, string? Goal = null, double? C = null)
{
    public static Measured Rate(string what, double perSecond, string? goal = null) => new(what, perSecond, "/s", IsRate: true, goal);
    public static Measured Ms(string what, double value, string? goal = null) => new(what, value, "ms", Goal: goal);
}
