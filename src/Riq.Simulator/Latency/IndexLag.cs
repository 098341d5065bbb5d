using Riq.Simulator.Clock;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Latency;

/// <summary>When a search will see a write: 1 to 3 s later, and in one case of a hundred 30 to 120 s.</summary>
sealed class IndexLag(Chance chance, LiveSettings settings)
{
    const double TailShare = 0.01;

    public DateTimeOffset VisibleAt(DateTimeOffset writtenAt)
    {
        var scale = settings.Current.IndexLagScale;
        if (scale <= 0) return writtenAt;
        var seconds = chance.Next() < TailShare ? 30 + 90 * chance.Next() : 1 + 2 * chance.Next();
        return writtenAt.AddSeconds(scale * seconds);
    }
}
