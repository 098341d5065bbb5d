using System.Net;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Submission;

public sealed class QueueFullTests
{
    [Fact]
    public async Task A_full_queue_refuses_its_own_service_until_there_is_room_again()
    {
        await using var riq = await RiqCluster.Create(new FakeService("slow"), new FakeService("idle"));
        var free = new TaskCompletionSource();
        riq.Services[0].Answer = async (call, cancellation) => { await free.Task.WaitAsync(cancellation); return FakeService.Ok(call.Payload); };
        riq.With("Services:slow:MaxDepth", 10).With("Services:slow:Concurrency", 2);
        await riq.StartWorker();
        var api = await riq.StartApi();

        // The depth is known a few seconds late: more than the limit may be accepted, but not for long.
        var accepted = 0;
        using var full = await Eventually.Value(() => api.SubmitText("""{"operation":"slow.write","payload":{"text":"a"}}"""), answer =>
        {
            if (answer.StatusCode == HttpStatusCode.OK) accepted++;
            return answer.StatusCode != HttpStatusCode.OK;
        });
        Assert.True(accepted >= 10, $"Only {accepted} were accepted.");
        Assert.True(full.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Contains("slow", (await Refusal.Of(full, HttpStatusCode.TooManyRequests)).Detail, StringComparison.Ordinal);
        Assert.Equal(accepted, await riq.Database.Scalar<long>("select count(*) from queue_requests"));

        var items = (await api.PostText(Calls.BatchPath, """{"items":[{"operation":"slow.write","payload":{"text":"a"}},{"operation":"idle.write","payload":{"text":"b"}}]}""").Json()).GetProperty("items");
        Refusal.In(items[0].GetProperty("problem"), HttpStatusCode.TooManyRequests);
        Assert.Equal("completed", (await api.End(items[1].Text("token")!)).Text("status"));

        free.SetResult();
        await Eventually.True(async () => await api.SubmitText("""{"operation":"slow.write","payload":{"text":"a"}}""").Code() == HttpStatusCode.OK);
    }
}
