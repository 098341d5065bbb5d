using System.Collections.Concurrent;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Limits;

/// <summary>
/// Remembers what each refusal asked for, and finds the calls that came too early. What is asked to wait depends on the
/// reason: an endpoint, an issue, or the whole product.
/// </summary>
sealed class RetryAfterWatch
{
    readonly ConcurrentDictionary<string, Pause> _pauses = new(StringComparer.OrdinalIgnoreCase);
    int _count;   // read on every call: the dictionary's own count takes its locks

    readonly record struct Pause(DateTimeOffset AnsweredAt, DateTimeOffset Until);

    /// <summary>In words, by how much the call is too early; null when it is not.</summary>
    public string? Violation(Call call)
    {
        if (Volatile.Read(ref _count) == 0) return null;
        foreach (var scope in Scopes(call))
            if (_pauses.TryGetValue(scope, out var pause))
            {
                if (call.At >= pause.Until) Forget(scope, pause);
                else if (call.At - pause.AnsweredAt > call.Settings.Limits.RetryAfterGrace)
                    return FormattableString.Invariant($"called {(pause.Until - call.At).TotalSeconds:0.000} s before the end of the Retry-After of {scope}");
            }
        return null;
    }

    public void Note(Call call, Answer answer, DateTimeOffset answeredAt)
    {
        if (answer.Status is not (429 or 503) || Header(answer, "Retry-After") is not { } text || !int.TryParse(text, out var seconds) || seconds <= 0) return;
        var scope = ScopeOf(call, answer);
        if (_pauses.TryAdd(scope, new(answeredAt, answeredAt.AddSeconds(seconds)))) Interlocked.Increment(ref _count);
        else _pauses.AddOrUpdate(scope, new Pause(answeredAt, answeredAt.AddSeconds(seconds)), (_, old) => old with { Until = Later(old.Until, answeredAt.AddSeconds(seconds)) });
    }

    public void Reset()
    {
        _pauses.Clear();
        Volatile.Write(ref _count, 0);
    }

    void Forget(string scope, Pause pause)
    {
        if (_pauses.TryRemove(KeyValuePair.Create(scope, pause))) Interlocked.Decrement(ref _count);
    }

    static string[] Scopes(Call call) => [call.Route.Product.ToString(), call.Route.Name, "issue " + call.Segment("key"), $"{call.Method} {call.Path}"];

    /// <summary>A 503 speaks for the call that it answered; a 429 for what its reason names.</summary>
    static string ScopeOf(Call call, Answer answer) => (answer.Status, Header(answer, LimitAnswers.ReasonHeader)) switch
    {
        (503, _) => $"{call.Method} {call.Path}",
        (_, LimitAnswers.Burst) => call.Route.Name,
        (_, LimitAnswers.PerIssue) => "issue " + call.Segment("key"),
        _ => call.Route.Product.ToString(),
    };

    static string? Header(Answer answer, string name)
    {
        foreach (var header in answer.Headers)
            if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return header.Value;
        return null;
    }

    static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
