using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>A service whose calls end one by one, when the test says so: what runs next does not depend on how fast anything is.</summary>
sealed class PacedCalls
{
    readonly SemaphoreSlim _ends = new(0);
    readonly FakeService _service;

    public PacedCalls(FakeService service)
    {
        _service = service;
        service.Answer = async (call, _) =>
        {
            var payload = call.Payload.Clone();
            await _ends.WaitAsync(CancellationToken.None);
            return FakeService.Ok(payload);
        };
    }

    /// <summary>Calls so far whose text begins like this.</summary>
    public int Of(string text) => _service.Calls.Count(c => c.Payload.GetProperty("text").GetString()!.StartsWith(text, StringComparison.Ordinal));

    /// <summary>Lets a call end, and waits until another has begun.</summary>
    public async Task Next()
    {
        var begun = _service.Calls.Count;
        _ends.Release();
        await Eventually.True(() => _service.Calls.Count > begun);
    }

    /// <summary>Lets so many end; without a number, all from now on.</summary>
    public void Release(int calls = 1_000_000) => _ends.Release(calls);
}
