using System.Collections.Concurrent;
using System.Diagnostics;

namespace Riq.Bench.Load;

/// <summary>Latencies, sorted, in milliseconds.</summary>
sealed record Latencies(double[] Sorted)
{
    public double P50 => At(0.5);
    public double P99 => At(0.99);
    public double Max => Sorted[^1];
    double At(double part) => Sorted[Math.Min(Sorted.Length - 1, (int)(Sorted.Length * part))];
}

/// <summary>Ways in which clients come.</summary>
static class Pace
{
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    // In these, connections are opened and the JIT meets another rate.
    static readonly TimeSpan LeadIn = TimeSpan.FromSeconds(2);

    /// <summary>So many calls over so many connections, each connection's next one as soon as it has the answer.</summary>
    public static Task Burst(IReadOnlyList<Uri> servers, int connections, int calls, Func<Connection, Task> call)
    {
        var left = calls;
        return Clients(servers, connections, async connection => { while (Interlocked.Decrement(ref left) >= 0) await call(connection); });
    }

    /// <summary>The same for a time; how many were made.</summary>
    public static async Task<int> Loop(IReadOnlyList<Uri> servers, int connections, TimeSpan duration, Func<Connection, Task> call)
    {
        var (watch, made) = (Stopwatch.StartNew(), 0);
        await Clients(servers, connections, async connection =>
        {
            while (watch.Elapsed < duration)
            {
                await call(connection);
                Interlocked.Increment(ref made);
            }
        });
        return made;
    }

    /// <summary>Calls that come at a steady rate, however long the answers take: their latencies from the third second on. Each waits for a free connection like a client of a pool.</summary>
    public static async Task<Latencies> Steady(Uri server, double perSecond, TimeSpan duration, Func<Connection, int, Task> call)
    {
        var free = new ConcurrentBag<Connection>();
        var took = new ConcurrentBag<double>();
        var running = new List<Task>();
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        var watch = Stopwatch.StartNew();
        for (var all = (int)((LeadIn + duration).TotalSeconds * perSecond); running.Count < all && await timer.WaitForNextTickAsync();)
            for (var due = Math.Min(all, (int)(watch.Elapsed.TotalSeconds * perSecond)); running.Count < due;) running.Add(One(running.Count));
        await Task.WhenAll(running);
        foreach (var connection in free) connection.Dispose();
        return new([.. took.Order()]);

        async Task One(int number)
        {
            var began = Stopwatch.GetTimestamp();
            if (!free.TryTake(out var connection)) connection = new(server);
            await call(connection, number);
            if (number >= LeadIn.TotalSeconds * perSecond) took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            free.Add(connection);
        }
    }

    static Task Clients(IReadOnlyList<Uri> servers, int count, Func<Connection, Task> run) => Task.WhenAll(Enumerable.Range(0, count).Select(async n =>
    {
        await Task.Yield();
        using var connection = new Connection(servers[n % servers.Count]);
        await run(connection);
    }));
}
