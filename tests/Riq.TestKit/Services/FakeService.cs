using System.Collections.Concurrent;
using System.Text.Json;
using Riq.Contracts;

namespace Riq.TestKit.Services;

/// <summary>
/// A service inside the test: an adapter whose calls the test sees and answers. Operations: <c>NAME.read</c>,
/// <c>NAME.write</c> (not safe to repeat, no way to find its effect), <c>NAME.create</c> (not safe to repeat, its effect can be
/// found), <c>NAME.safe_write</c>, <c>NAME.get</c> (kept) and <c>NAME.change</c> of the item <c>text</c>, <c>NAME.update</c> (of the <c>entity</c> that it names), <c>NAME.add</c> and <c>NAME.look</c> (together with others); payload: <c>text</c>, <c>number</c> and <c>data</c> (an object of any shape).
/// </summary>
public sealed class FakeService : IServiceAdapter
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);
    readonly ConcurrentQueue<OperationCall> _calls = new(), _searches = new();
    readonly ConcurrentQueue<DateTimeOffset> _callTimes = new(), _probes = new();
    readonly ConcurrentQueue<int> _batches = new();
    int _running, _mostRunning;

    public FakeService(string name = "fake")
    {
        Service = name;
        var payload = new PayloadSchema(new PayloadField("text", PayloadType.Line, "Any text.") { Required = true }, new PayloadField("number", PayloadType.Integer, "Any number."),
            new PayloadField("data", PayloadType.Object, "Anything."));
        Operations =
        [
            new($"{name}.read", OperationKind.Read, "Reads.", payload, Timeout, RepeatSafe: true),
            new($"{name}.write", OperationKind.Write, "Writes; not safe to repeat.", payload, Timeout, RepeatSafe: false),
            new($"{name}.create", OperationKind.Write, "Creates; its effect can be found.", payload, Timeout, RepeatSafe: false)
            { ClearingUp = new([TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1)], TimeSpan.FromSeconds(2)) },
            new($"{name}.get", OperationKind.Read, "Reads an item; kept for equal reads.", payload, Timeout, RepeatSafe: true)
            { Cached = new(TimeSpan.FromMinutes(5), Tags) },
            new($"{name}.change", OperationKind.Write, "Changes an item; safe to repeat.", payload, Timeout, RepeatSafe: true) { Changes = Tags },
            new($"{name}.update", OperationKind.Write, "Changes an entity; safe to repeat.", new([.. payload.Fields, new PayloadField("entity", PayloadType.Line, "Which.") { Required = true }]), Timeout, RepeatSafe: true)
            { Entity = new("entity") { NumberIsAlias = true } },
            new($"{name}.add", OperationKind.Write, "Creates, together with others; its effect can be found.", payload, Timeout, RepeatSafe: false)
            { ClearingUp = new([TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1)], TimeSpan.FromSeconds(2)), Batch = new(50, _ => $"{name}.add") },
            new($"{name}.look", OperationKind.Read, "Reads, together with others.", payload, Timeout, RepeatSafe: true) { Batch = new(100, _ => $"{name}.look"), Cached = new(TimeSpan.FromMinutes(5), Tags) },
            new($"{name}.safe_write", OperationKind.Write, "Writes; safe to repeat.", payload, Timeout, RepeatSafe: true),
        ];
    }

    // An item goes by its text and by the name that an answer gives it.
    IEnumerable<string> Tags(JsonElement payload, JsonElement? result)
    {
        yield return $"{Service}:item:{payload.GetProperty("text").GetString()}";
        if (result is { } answer && answer.TryGetProperty("also", out var name)) yield return $"{Service}:item:{name.GetString()}";
    }

    public string Service { get; }

    public IReadOnlyList<OperationDeclaration> Operations { get; }

    /// <summary>What the service does with a call. Default: answers at once with the payload's text.</summary>
    public Func<OperationCall, CancellationToken, Task<AdapterResult<JsonElement>>> Answer { get; set; } = (call, _) => Task.FromResult(Ok(call.Payload));

    /// <summary>From now on each call has this latency: for what is decided from latencies, and nothing else.</summary>
    public void Takes(TimeSpan latency) => Answer = async (call, cancellation) =>
    {
        await Task.Delay(latency, TimeProvider.System, cancellation);
        return Ok(call.Payload);
    };

    /// <summary>What the service says when it is asked for the effect of a call. Default: there is none.</summary>
    public Func<OperationCall, CancellationToken, Task<AdapterResult<EffectSearch>>> Search { get; set; } = (_, _) => Task.FromResult(Says(new EffectSearch.NotFound()));

    /// <summary>Every search for an effect so far.</summary>
    public IReadOnlyCollection<OperationCall> Searches => _searches;

    /// <summary>Every call so far, in the order of their beginning.</summary>
    public IReadOnlyCollection<OperationCall> Calls => _calls;

    /// <summary>How many requests came together in each call of <see cref="ExecuteMany"/>.</summary>
    public IReadOnlyCollection<int> Batches => _batches;

    /// <summary>What becomes of a whole call of several; default: each is answered by itself.</summary>
    public Func<IReadOnlyList<OperationCall>, Task<AdapterError?>> AnswerTogether { get; set; } = _ => Task.FromResult<AdapterError?>(null);

    public async Task<IReadOnlyList<AdapterResult<JsonElement>>> ExecuteMany(IReadOnlyList<OperationCall> calls, CancellationToken cancellation)
    {
        _batches.Enqueue(calls.Count);
        if (await AnswerTogether(calls) is { } error) return [.. calls.Select(_ => AdapterResult<JsonElement>.Fail(error))];
        return await Task.WhenAll(calls.Select(c => Execute(c, cancellation)));
    }

    /// <summary>The most calls that ever ran at the same time.</summary>
    public int MostRunning => _mostRunning;

    public async Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation)
    {
        _callTimes.Enqueue(TimeProvider.System.GetUtcNow());
        _calls.Enqueue(call with { Payload = call.Payload.Clone() });
        var running = Interlocked.Increment(ref _running);
        int most;
        while (running > (most = _mostRunning) && Interlocked.CompareExchange(ref _mostRunning, running, most) != most) { }
        try { return await Answer(call, cancellation); }
        catch (OperationCanceledException) { return Fail(ErrorCodes.Timeout, "No answer in time.", unclear: call.Operation.IsWrite); }
        finally { Interlocked.Decrement(ref _running); }
    }

    public async Task<AdapterResult<EffectSearch>> FindEffect(OperationCall call, CancellationToken cancellation)
    {
        _searches.Enqueue(call with { Payload = call.Payload.Clone() });
        return await Search(call, cancellation);
    }

    public static AdapterResult<EffectSearch> Says(EffectSearch found) => AdapterResult<EffectSearch>.Ok(found);

    /// <summary>The effect of the call is there.</summary>
    public static AdapterResult<EffectSearch> IsThere(OperationCall call) => Says(new EffectSearch.Found(Ok(call.Payload).Data));

    /// <summary>What the service does with a trial. Default: answers.</summary>
    public Func<CancellationToken, Task<AdapterResult<JsonElement>>> ProbeAnswer { get; set; } = _ => Task.FromResult(AdapterResult<JsonElement>.Ok(default));

    /// <summary>Trials so far, by when they began.</summary>
    public IReadOnlyCollection<DateTimeOffset> Probes => _probes;

    /// <summary>When each of <see cref="Calls"/> began.</summary>
    public IReadOnlyCollection<DateTimeOffset> CallTimes => _callTimes;

    public Task<AdapterResult<JsonElement>> Probe(CancellationToken cancellation)
    {
        _probes.Enqueue(TimeProvider.System.GetUtcNow());
        return ProbeAnswer(cancellation);
    }

    public static AdapterResult<JsonElement> Ok(JsonElement payload) =>
        AdapterResult<JsonElement>.Ok(JsonSerializer.SerializeToElement(new { echo = payload.GetProperty("text").GetString() }));

    public static AdapterResult<JsonElement> Fail(string code, string message = "It failed.", int? status = null, TimeSpan? retryAfter = null, bool unclear = false) =>
        AdapterResult<JsonElement>.Fail(new(code, message) { HttpStatus = status, RetryAfter = retryAfter, Unclear = unclear });
}
