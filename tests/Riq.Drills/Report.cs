using System.Net.Http.Json;
using Riq.TestKit.Processes;

namespace Riq.Drills;

/// <summary>What a drill has come to: the promises, and how long its clients had to wait.</summary>
/// <param name="Lost">Accepted and not completed, or completed without an effect.</param>
/// <param name="Twice">Requests with more than one effect.</param>
/// <param name="Silence">The longest time without an end while submissions came in.</param>
public sealed record Report(int Submitted, IReadOnlyList<Sent> Lost, IReadOnlyList<string> Twice, long Rows, TimeSpan Silence, TimeSpan P50, TimeSpan P99, TimeSpan Slowest, TimeSpan Accepted99, TimeSpan SlowestAccepted, IReadOnlyDictionary<string, int> Repeated)
{
    public bool Holds => Submitted > 0 && Lost.Count == 0 && Twice.Count == 0 && Rows == Submitted;

    /// <summary>Judges by the simulator's ledger and by the rows in Postgres.</summary>
    public static async Task<Report> Of(RiqInstallation riq, IReadOnlyList<Sent> sent, long rows, IReadOnlyDictionary<string, int> repeated)
    {
        var effects = (await riq.Simulator.Http.GetFromJsonAsync<Dictionary<string, string[]>>(new Uri("/__sim/effects", UriKind.Relative)))!;
        var took = sent.Select(s => s.Took).Order().ToArray();
        var accepted = sent.Select(s => s.Accepted).Order().ToArray();
        var ends = sent.Select(s => s.At).Order().ToArray();
        return new(sent.Count,
            [.. sent.DistinctBy(s => s.Token).Where(s => s.Status != "completed" || effects.GetValueOrDefault(s.Token, []).Length == 0)],
            [.. effects.Where(e => e.Value.Length > 1).Select(e => e.Key)], rows,
            ends.Zip(ends.Skip(1), (a, b) => TimeProvider.System.GetElapsedTime(a, b)).DefaultIfEmpty().Max(),
            At(took, 0.5), At(took, 0.99), At(took, 1), At(accepted, 0.99), At(accepted, 1), repeated);
    }

    static TimeSpan At(TimeSpan[] sorted, double part) => sorted.Length == 0 ? default : sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];

    public override string ToString() =>
        $"""
          {Submitted:N0} requests: {Lost.Count} lost, {Twice.Count} twice, {Rows:N0} rows, calls repeated by clients: {Repeated.Values.Sum():N0} {string.Join(", ", Repeated.Select(r => $"{r.Key} {r.Value:N0}"))}
          longest time without a completion {Silence.TotalSeconds:0.00} s; slowest request {Slowest.TotalSeconds:0.00} s (p50 {P50.TotalMilliseconds:0} ms, p99 {P99.TotalMilliseconds:0} ms); acceptance p99 {Accepted99.TotalMilliseconds:0} ms, slowest {SlowestAccepted.TotalSeconds:0.00} s
        {string.Join('\n', Lost.Take(5).Select(l => "  lost: " + l.Answer).Concat(Twice.Take(5).Select(t => "  twice: " + t)))}
        """.TrimEnd();
}
