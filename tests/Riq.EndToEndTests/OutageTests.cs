using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>RabbitMQ away for a while: nobody who submits notices.</summary>
public sealed class OutageTests
{
    static readonly TimeSpan Away = TimeSpan.FromSeconds(TestServers.Long ? 60 : 15);

    [Fact]
    public async Task While_rabbitmq_is_away_submissions_are_accepted_quickly_and_all_complete_after_its_return()
    {
        await using var broker = await LocalServer.RabbitMq();
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__RabbitMq", $"amqp://guest:guest@127.0.0.1:{broker.Port}/").With("Riq__Services__jira__Concurrency", "32");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var client = new Client(api.Http);
        var (before, usual) = await SubmitSteadily(client, perSecond: 50, TimeSpan.FromSeconds(10));
        foreach (var token in before) await client.End(token);

        await broker.Stop();
        var (tokens, p99) = await SubmitSteadily(client, perSecond: 50, Away);
        await broker.Start();

        // A machine that is busy with other things makes everything slower; whoever waited for RabbitMQ would wait for its time-outs of 10 s.
        var most = TimeSpan.FromMilliseconds(100) > 3 * usual ? TimeSpan.FromMilliseconds(100) : 3 * usual + TimeSpan.FromMilliseconds(500);
        Assert.True(p99 < most, $"The 99th percentile of submissions was {usual.TotalMilliseconds:0} ms before and {p99.TotalMilliseconds:0} ms while RabbitMQ was away.");
        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t)))) Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.All(await new Simulator(riq.Simulator.Http).Effects(), e => Assert.Single(e.Value));
    }

    [Fact]
    public async Task Of_thousands_of_submissions_at_once_every_one_is_answered_stored_and_completed_though_rabbitmq_is_killed_in_their_middle()
    {
        await using var broker = await LocalServer.RabbitMq();
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__RabbitMq", $"amqp://guest:guest@127.0.0.1:{broker.Port}/").With("Riq__Services__jira__Concurrency", "32");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var client = new Client(api.Http);
        await client.End(await client.Submit(Client.CreateTask("Before")));

        var during = SubmitAtOnce(api.Http, submissions: 1_000, callers: 64);
        await broker.Kill();
        var answers = (await during).Concat(await SubmitAtOnce(api.Http, submissions: 2_000, callers: 64)).ToArray();
        var stored = (await riq.Database.List("select token from queue_requests", r => r.GetString(0))).ToHashSet();
        await broker.Start();

        Assert.All(answers, a => Assert.True(a.Status == HttpStatusCode.OK, $"A submission was answered {a.Status}: {a.Body}"));
        var tokens = answers.Select(a => JsonDocument.Parse(a.Body).RootElement.GetProperty("token").GetString()!).ToArray();
        Assert.Equal(3_000, tokens.Distinct().Count());
        Assert.All(tokens, t => Assert.Contains(t, stored));
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status <> 'completed'") == 0, TimeSpan.FromMinutes(5));
        Assert.Equal(3_001, (await new Simulator(riq.Simulator.Http).Effects()).Count);
        Assert.All(await new Simulator(riq.Simulator.Http).Effects(), e => Assert.Single(e.Value));
    }

    /// <summary>Each submission over a connection of its own, as programs make them that know nothing of keeping one.</summary>
    static async Task<(HttpStatusCode Status, string Body)[]> SubmitAtOnce(HttpClient http, int submissions, int callers)
    {
        var answers = new ConcurrentBag<(HttpStatusCode, string)>();
        var left = submissions;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var message = new HttpRequestMessage(HttpMethod.Post, "/api/queue/submit") { Content = JsonContent.Create(Client.CreateTask("Without a broker")) };
                message.Headers.ConnectionClose = true;
                using var answer = await http.SendAsync(message);
                answers.Add((answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            }
        }));
        return [.. answers];
    }

    static async Task<(string[] Tokens, TimeSpan P99)> SubmitSteadily(Client client, int perSecond, TimeSpan lasting)
    {
        var took = new ConcurrentBag<TimeSpan>();
        var submissions = new List<Task<string>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond), TimeProvider.System);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < lasting;)
        {
            await timer.WaitForNextTickAsync();
            submissions.Add(Timed(client, took));
        }
        var tokens = await Task.WhenAll(submissions);
        return (tokens, took.Order().ElementAt((int)(took.Count * 0.99)));
    }

    static async Task<string> Timed(Client client, ConcurrentBag<TimeSpan> took)
    {
        var began = Stopwatch.GetTimestamp();
        var token = await client.Submit(Client.CreateTask("While away"));
        took.Add(Stopwatch.GetElapsedTime(began));
        return token;
    }
}
