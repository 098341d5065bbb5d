using BenchmarkDotNet.Attributes;
using Riq.Engine.Gate;

namespace Riq.MicroBench;

/// <summary>The gate: a slot taken and given back.</summary>
public class Entering
{
    const int Clients = 20;

    readonly string[] _clients = [.. Enumerable.Range(0, Clients).Select(n => $"client-{n}")];
    ServiceGate _free = null!, _busy = null!;
    int _turn;

    [Params(10, 1_000)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _free = new(slots: 5, TimeSpan.FromMinutes(5), TimeProvider.System);
        _busy = new(slots: 1, TimeSpan.FromMinutes(5), TimeProvider.System);
        for (var n = 0; n <= Waiting; n++) _ = _busy.Enter("normal", _clients[n % Clients]).AsTask();
    }

    [Benchmark(Baseline = true)]
    public async Task Free()
    {
        await _free.Enter("normal", "client-0");
        _free.Leave();
    }

    [Benchmark]
    public void Others_wait()
    {
        _ = _busy.Enter("normal", _clients[_turn++ % Clients]).AsTask();
        _busy.Leave();
    }
}
