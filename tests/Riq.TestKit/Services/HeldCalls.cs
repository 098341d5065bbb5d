using System.Text.Json;
using Riq.Contracts;

namespace Riq.TestKit.Services;

/// <summary>Calls that hang, even when they are cancelled, until the test lets them go: a frozen process, a service that never answers.</summary>
public sealed class HeldCalls
{
    readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _arrived, _ended;

    /// <param name="service">Whose calls; the others are answered as before.</param>
    /// <param name="which">Null: all.</param>
    public HeldCalls(FakeService service, Func<OperationCall, bool>? which = null)
    {
        var answer = service.Answer;
        service.Answer = (call, cancellation) => which is null || which(call) ? Hold(call) : answer(call, cancellation);
    }

    /// <summary>Holds the first call only.</summary>
    public static HeldCalls First(FakeService service)
    {
        var calls = 0;
        return new(service, _ => Interlocked.Increment(ref calls) == 1);
    }

    /// <summary>Calls that have hung so far.</summary>
    public int Arrived => _arrived;

    /// <summary>Those of them that have been let go and have answered.</summary>
    public int Ended => _ended;

    public void Release() => _release.TrySetResult();

    async Task<AdapterResult<JsonElement>> Hold(OperationCall call)
    {
        Interlocked.Increment(ref _arrived);
        var payload = call.Payload.Clone();
        await _release.Task;
        Interlocked.Increment(ref _ended);
        return FakeService.Ok(payload);
    }
}
