using System.Net;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Requests;

/// <summary>The connection breaks while a submission commits: nobody knows whether it happened.</summary>
public sealed class CommitInDoubtTests
{
    const int Clients = 12;
    const int Each = 25;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_connections_cut_under_load_every_200_stands_for_one_row_and_one_effect(bool withKeys)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartWorker("worker-1", riq.NewLines());   // only the API's connections break
        await riq.StartApi();
        await riq.Api.End(await riq.Api.Submit(text: "warm"));

        var accepted = 0;
        var clients = Enumerable.Range(0, Clients).Select(c => Task.Run(async () =>
        {
            var tokens = new List<string>();
            for (var i = 0; i < Each; i++)
            {
                tokens.Add(await SubmitUntilAccepted(riq, $"{c}-{i}", withKeys));
                Interlocked.Increment(ref accepted);
            }
            return tokens;
        })).ToArray();
        for (var cuts = 1; cuts <= 8; cuts++)
        {
            var until = Clients * Each * cuts / 10;
            await Eventually.True(() => Volatile.Read(ref accepted) >= until);
            riq.Postgres.CutConnections();
        }
        var answered = (await Task.WhenAll(clients)).SelectMany(t => t).ToArray();

        Assert.Equal(Clients * Each, answered.Distinct().Count());
        foreach (var token in answered) Assert.Equal("completed", (await Eventually.Value(() => riq.Stored(token), r => r.Status == "completed")).Status);
        Assert.All(answered, token => Assert.Single(riq.Service.Calls, c => c.Marker == token));
        // A submission with a key is stored once; without one, a 503 may have stored a row that its client never heard of, but a 200 never two.
        var rows = await riq.Database.List("select payload->>'text', count(*) from queue_requests where payload->>'text' <> 'warm' group by 1", r => (Text: r.GetString(0), Count: r.GetInt64(1)));
        Assert.Equal(Clients * Each, rows.Count);
        if (withKeys) Assert.All(rows, r => Assert.Equal(1, r.Count));
        else Assert.True(rows.Sum(r => r.Count) <= Clients * Each + _refused, $"{rows.Sum(r => r.Count)} rows for {Clients * Each} answers and {_refused} refusals");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_confirmation_is_lost_is_found_again_and_not_repeated(bool withKey)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartWorker("worker-1", riq.NewLines());
        await riq.StartApi();
        await riq.Api.End(await riq.Api.Submit(text: "warm"));

        riq.Postgres.FreezeAnswers();
        var submission = riq.Api.Submit(text: "in doubt", more: withKey ? new { idempotency_key = "k" } : null);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where payload->>'text' = 'in doubt'") == 1);
        riq.Postgres.CutConnections();
        riq.Postgres.Thaw();

        var token = await submission;
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from queue_requests where payload->>'text' = 'in doubt'"));
        Assert.Single(riq.Service.Calls, c => c.Payload.GetProperty("text").GetString() == "in doubt");
    }

    int _refused;

    // What a careful client does: on 503 it sends the same again.
    async Task<string> SubmitUntilAccepted(RiqCluster riq, string text, bool withKey)
    {
        while (true)
        {
            using var answer = withKey
                ? await riq.Api.Post("/api/queue/submit", new { operation = "fake.write", payload = new { text }, idempotency_key = text })
                : await riq.Api.Post("/api/queue/submit", new { operation = "fake.write", payload = new { text } });
            if (answer.StatusCode == HttpStatusCode.OK) return (await RiqApi.Json(answer)).GetProperty("token").GetString()!;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Interlocked.Increment(ref _refused);
        }
    }
}
