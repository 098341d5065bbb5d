using System.Globalization;
using Riq.TestKit.Processes;

namespace Riq.Bench.Measure;

/// <summary>What a process tells Prometheus.</summary>
static class Metrics
{
    /// <summary>The sum of a metric over its labels, of those lines that contain <paramref name="part"/>; 0 when it has none.</summary>
    public static async Task<double> Sum(RiqProcess process, string name, string part = "")
    {
        var page = await process.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return page.Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal) && l.Contains(part, StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
