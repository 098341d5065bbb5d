using Microsoft.AspNetCore.Http;

namespace Riq.IntegrationTests.Adapters;

/// <summary>Ways in which a service does not answer.</summary>
static class Replies
{
    /// <summary>Cuts the connection once the call has been read.</summary>
    public static Task Reset(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Never answers; completes <paramref name="arrived"/> when the call is there.</summary>
    public static Func<HttpContext, Task> Hang(TaskCompletionSource arrived) => async context =>
    {
        arrived.TrySetResult();
        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    };
}
