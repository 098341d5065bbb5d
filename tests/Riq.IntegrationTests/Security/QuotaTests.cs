using System.Diagnostics;
using System.Net;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Security;

/// <summary>Submissions a minute, counted over two API processes.</summary>
public sealed class QuotaTests : IAsyncLifetime
{
    const string Write = """{"operation":"fake.write","payload":{"text":"a"}}""";
    static readonly (string, string) Alpha = ("X-API-Key", "a"), Beta = ("X-API-Key", "b");

    RiqCluster _riq = null!;
    RiqApi[] _apis = [];

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        _riq.With("ApiKeys:alpha", KeyedCluster.HashOf("a")).With("ApiKeys:beta", KeyedCluster.HashOf("b")).With("SubmissionsPerMinute", 90);
        _apis = [await _riq.StartApi(), await _riq.StartApi()];
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    Task<long> Rows(string client) => _riq.Database.Scalar<long>("select count(*) from queue_requests where client_id = $1", client);

    [Fact]
    public async Task Together_the_processes_take_no_more_than_the_quota_and_say_when_to_come_back()
    {
        var watch = Stopwatch.StartNew();
        var codes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => _apis[i % 2].SubmitText(Write, Alpha).Code()));
        var taken = codes.Count(c => c == HttpStatusCode.OK);
        // A minute's worth at once; while 200 submissions take their time, the bucket fills at 1.5 a second.
        Assert.InRange(taken, 90, 91 + (int)(watch.Elapsed.TotalSeconds * 1.5));
        Assert.All(codes, c => Assert.True(c is HttpStatusCode.OK or HttpStatusCode.TooManyRequests));
        Assert.Equal(taken, await Rows("alpha"));

        HttpResponseMessage refused;
        do refused = await _apis[0].SubmitText(Write, Alpha); while (refused.StatusCode == HttpStatusCode.OK);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, 60);
        Assert.Contains("90", (await Refusal.Of(refused, HttpStatusCode.TooManyRequests)).Detail, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await _apis[0].SubmitText(Write, Beta).Code());   // another client has a bucket of its own
        Assert.Equal(HttpStatusCode.OK, await _apis[0].Send(HttpMethod.Get, "/api/queue/requests", null, Alpha).Code());   // looking is free
        await Eventually.True(async () => await _apis[1].SubmitText(Write, Alpha).Code() == HttpStatusCode.OK);   // it fills again
    }

    [Fact]
    public async Task Over_the_bus_whoever_waits_for_an_answer_has_the_same_quota_and_a_message_that_nobody_could_be_told_about_is_kept()
    {
        await using var bus = await BusClient.Connect(_riq);
        SubmitRequest Command(int i) => SubmitRequest.For("fake.write", new { Text = "a" }) with { IdempotencyKey = $"bus-{i}" };
        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => bus.AskToSubmit(Command(i))));
        Assert.InRange(answers.OfType<RequestAccepted>().Count(), 90, 91 + (int)(watch.Elapsed.TotalSeconds * 1.5));
        Assert.All(answers.OfType<RequestRefused>(), r => Assert.True(r is { Status: 429, RetryAfterSeconds: >= 1 and <= 60 }));
        await Task.WhenAll(Enumerable.Range(200, 120).Select(i => bus.Submit(Command(i))));
        await Eventually.True(async () => await _riq.Database.Scalar<long>("select count(*) from queue_requests where client_id = 'bus' and substr(idempotency_key, 5)::int >= 200") == 120);
    }

    [Fact]
    public async Task A_batch_counts_item_by_item_and_is_taken_whole_or_not()
    {
        static string Batch(int items) => "{\"items\":[" + string.Join(',', Enumerable.Repeat(Write, items)) + "]}";
        Assert.Contains("smaller", (await Refusal.Of(_apis[0].PostText(Calls.BatchPath, Batch(91), Alpha), HttpStatusCode.TooManyRequests)).Detail, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await _apis[0].PostText(Calls.BatchPath, Batch(60), Alpha).Code());
        await Refusal.Of(_apis[1].PostText(Calls.BatchPath, Batch(60), Alpha), HttpStatusCode.TooManyRequests);
        Assert.Equal(60, await Rows("alpha"));
    }
}
