using System.Collections.Concurrent;
using System.Diagnostics;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

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
        await client.End(await client.Submit(Client.CreateTask("Before")));

        await broker.Stop();
        var (tokens, p99) = await SubmitSteadily(client, perSecond: 50);
        await broker.Start();

        Assert.True(p99 < TimeSpan.FromMilliseconds(100), $"The 99th percentile of submissions was {p99.TotalMilliseconds:0} ms.");
        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t)))) Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.All(await new Simulator(riq.Simulator.Http).Effects(), e => Assert.Single(e.Value));
    }

    static async Task<(string[] Tokens, TimeSpan P99)> SubmitSteadily(Client client, int perSecond)
    {
        var took = new ConcurrentBag<TimeSpan>();
        var submissions = new List<Task<string>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond), TimeProvider.System);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Away;)
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
