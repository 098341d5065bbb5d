using Riq.Simulator.Clock;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Latency;

/// <summary>How long calls take: log-normal, given by median and 99th percentile of the kind of call.</summary>
sealed class LatencyModel(Chance chance)
{
    const double DeviationsAt99 = 2.3263;

    readonly record struct Shape(double MedianMs, double P99Ms)
    {
        public double Sigma { get; } = Math.Log(P99Ms / MedianMs) / DeviationsAt99;
    }

    static readonly Shape Read = new(150, 1200), Write = new(350, 2500), Search = new(400, 3000);

    public TimeSpan Draw(RouteClass routeClass, double scale)
    {
        if (scale <= 0) return TimeSpan.Zero;
        var shape = routeClass switch { RouteClass.Write => Write, RouteClass.Search => Search, _ => Read };
        return TimeSpan.FromMilliseconds(scale * shape.MedianMs * Math.Exp(shape.Sigma * chance.NextNormal()));
    }
}
