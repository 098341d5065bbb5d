using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Observability;

/// <summary>Spans as a collector gets them. The span sources belong to the whole process, so nothing else runs beside.</summary>
[Collection(AloneCollection.Name)]
public sealed class TracingTests
{
    const string Trace = "0af7651916cd43dd8448eb211c80319c";
    const string Caller = "b7ad6b7169203331";

    [Fact]
    public async Task The_callers_trace_goes_through_the_queue_and_a_retry_is_linked_to_it()
    {
        await using var receiver = await OtlpReceiver.Start();
        await using var riq = await RiqCluster.Create();
        riq.With("Tracing:Endpoint", receiver.Address).With("Tracing:SampleRatio", 0);
        var failures = 1;
        riq.Service.Answer = (call, _) => Task.FromResult(Interlocked.Decrement(ref failures) >= 0 ? FakeService.Fail(ErrorCodes.ServiceUnavailable, "the-secret is down.", 503) : FakeService.Ok(call.Payload));
        await riq.StartApi();
        await riq.StartWorker();
        var token = await SubmitTraced(riq, """{"operation":"fake.write","payload":{"text":"the-secret"}}""");
        await riq.Api.End(token);

        await Eventually.True(() => receiver.Spans.Count(s => s.Name == "fake.write") == 2);
        var submission = receiver.Spans.Single(s => s.Parent == Caller);
        Assert.Equal(Trace, submission.Trace);
        var attempts = receiver.Spans.Where(s => s.Name == "fake.write").ToArray();
        var first = attempts.Single(s => s.Trace == Trace);
        Assert.Equal(submission.Id, first.Parent);
        var retry = attempts.Single(s => s.Trace != Trace);
        Assert.Equal(("", Trace), (retry.Parent, Assert.Single(retry.LinkedTraces)));
        Assert.All(attempts, s => Assert.True(s.Says(token)));
        Assert.True(first.Says(ErrorCodes.ServiceUnavailable));
        Assert.DoesNotContain(receiver.Spans, s => s.Says("the-secret"));
    }

    [Fact]
    public async Task What_is_not_sampled_is_not_sent_neither_are_its_retries()
    {
        await using var receiver = await OtlpReceiver.Start();
        await using var riq = await RiqCluster.Create();
        riq.With("Tracing:Endpoint", receiver.Address).With("Tracing:SampleRatio", 0);
        var failures = 1;
        riq.Service.Answer = (call, _) => Task.FromResult(Interlocked.Decrement(ref failures) >= 0 ? FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503) : FakeService.Ok(call.Payload));
        await riq.StartApi();
        await riq.StartWorker();
        await riq.Api.End(await riq.Api.Submit());
        await riq.Api.End(await SubmitTraced(riq, """{"operation":"fake.read","payload":{"text":"b"}}"""));
        // The later, sampled one is there; the earlier ones would be too.
        await Eventually.True(() => receiver.Spans.Any(s => s.Name == "fake.read"));
        Assert.DoesNotContain(receiver.Spans, s => s.Name == "fake.write");
    }

    [Theory]
    [InlineData("Tracing:Endpoint", "nowhere"), InlineData("Tracing:Endpoint", "ftp://127.0.0.1"), InlineData("Tracing:SampleRatio", "2"), InlineData("Tracing:SampleRatio", "often")]
    public async Task A_setting_that_can_not_be_used_is_named(string setting, string value)
    {
        var (code, _, error) = await RiqProcess.Run("--Riq:Postgres=Host=127.0.0.1", "--Riq:RabbitMq=amqp://127.0.0.1", $"--Riq:{setting}={value}");
        Assert.NotEqual(0, code);
        Assert.Contains($"Riq:{setting} must be", error, StringComparison.Ordinal);
    }

    // A client whose own spans stay out of this process: the instrumentation of the hosts here would see them as RIQ's.
    static async Task<string> SubmitTraced(RiqCluster riq, string body)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(riq.Api.Http.BaseAddress!, Calls.SubmitPath)) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("traceparent", $"00-{Trace}-{Caller}-01");
        using var answer = await http.SendAsync(request);
        return (await RiqApi.Json(answer)).Text("token")!;
    }
}
