using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Riq.TestKit.Waiting;

/// <summary>Waits for a condition, as briefly as possible and not for ever.</summary>
public static class Eventually
{
    /// <summary>For a machine that many times as busy as one's own: who waits for a condition loses nothing by it.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(90);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public static Task True(Func<Task<bool>> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Value(condition, met => met, limit, what);

    public static Task True(Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Value(() => Task.FromResult(condition()), met => met, limit, what);

    /// <summary>The first value that satisfies <paramref name="enough"/>.</summary>
    public static async Task<T> Value<T>(Func<Task<T>> read, Func<T, bool> enough, TimeSpan? limit = null, [CallerArgumentExpression(nameof(enough))] string what = "")
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (enough(value)) return value;
            if (watch.Elapsed > (limit ?? DefaultLimit)) throw new TimeoutException($"Not within {(limit ?? DefaultLimit).TotalSeconds:0.#} s: {what}; the last value was {value}.");
            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
