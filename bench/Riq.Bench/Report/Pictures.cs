using System.Globalization;
using System.Text.RegularExpressions;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Riq.Bench.Report;

/// <summary>Draws what was measured, as SVG.</summary>
static partial class Pictures
{
    public static void Draw(IReadOnlyList<Figure> figures, string folder)
    {
        Directory.CreateDirectory(folder);
        var latencies = figures.Where(f => f.Target == "load").ToArray();
        if (latencies.Length > 0)
            Save(Path.Combine(folder, "latency-over-load.svg"), "Submit to completed, as a waiting client sees it", "requests a second", "ms",
                ("p50", [.. latencies.Where(f => f.What.EndsWith("p50", StringComparison.Ordinal)).Select(f => (Rate(f.What), f.Value))]),
                ("p99", [.. latencies.Where(f => f.What.EndsWith("p99", StringComparison.Ordinal)).Select(f => (Rate(f.What), f.Value))]));
        var rows = figures.Where(f => f.Target.StartsWith("growth", StringComparison.Ordinal) && f.OfC is not null).ToArray();
        if (rows.Length > 0)
            Save(Path.Combine(folder, "throughput-over-rows.svg"), "Completed a second, as a part of the yardstick C", "million rows stored and waiting", "C",
                ("completed / C", [.. rows.Select(f => (Rows(f.What) / 1e6, f.OfC!.Value))]));
    }

    static double Rate(string what) => double.Parse(RatePart().Match(what).Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    static double Rows(string what) => Number().Matches(what).Sum(m => double.Parse(m.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));

    static void Save(string path, string title, string x, string y, params (string Name, (double X, double Y)[] Points)[] lines)
    {
        var plot = new PlotModel { Title = title, TitleFontSize = 14, Background = OxyColors.White };
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = x, Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = y, Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftTop });
        foreach (var (name, points) in lines)
        {
            var series = new LineSeries { Title = name, MarkerType = MarkerType.Circle, MarkerSize = 4 };
            series.Points.AddRange(points.Select(p => new DataPoint(p.X, p.Y)));
            plot.Series.Add(series);
        }
        using var file = File.Create(path);
        new SvgExporter { Width = 720, Height = 360 }.Export(plot, file);
    }

    [GeneratedRegex(@"([\d,]+)/s")]
    private static partial Regex RatePart();

    [GeneratedRegex(@"\d{1,3}(,\d{3})+")]
    private static partial Regex Number();
}
