using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

public class ConcurrentLifeTests
{
    /// <summary>One machine serves all workers of a process.</summary>
    [Fact]
    public async Task Raising_events_on_many_requests_at_once_mixes_nothing_up()
    {
        var life = Life.Of();
        await Parallel.ForAsync(0, 2_000, async (i, _) =>
        {
            var request = Life.Request(RequestStatus.Processing);
            var taken = (i % 3) switch
            {
                0 => await life.Raise(request, life.Machine.Succeeded, new Succeeded($"{i}", 200)),
                1 => await life.Fail(request, Life.Failure(ErrorCodes.Timeout, httpStatus: i)),
                _ => await life.Raise(request, life.Machine.HandedBack, new HandedBack($"{i}")),
            };
            Assert.True(taken);
            Assert.Equal(i % 3 == 0 ? (RequestStatus.Completed, $"{i}", 7) : (RequestStatus.Queued, null, 8), (request.Status, request.Result, request.Attempt));
            Assert.Equal((i % 3 == 1 ? i : i % 3 == 0 ? 200 : null, i % 3 == 2 ? $"{i}" : null), (request.Pending!.HttpStatus, request.Pending.By));
        });
    }
}
