using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Results;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Results;

public sealed class ManyWaitersTests
{
    const int Clients = 2_000;

    [Fact]
    public async Task Two_thousand_waiting_clients_cost_no_thread_and_no_query_each()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 100);
        var api = await riq.StartApi();
        var tokens = new List<string>();
        for (var i = 0; i < Clients / 500; i++) tokens.AddRange(await SubmitBatch(api));
        var waiters = api.Host.Services.GetRequiredService<Waiters>();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Clients }) { BaseAddress = api.Http.BaseAddress, Timeout = TimeSpan.FromSeconds(100) };
        using var statements = new StatementsOf(riq.Database.Name);
        var threadsBefore = ThreadPool.ThreadCount;

        var waiting = tokens.Select(t => http.GetAsync(new Uri($"/api/queue/result/{t}?wait=60", UriKind.Relative))).ToArray();
        await Eventually.True(() => waiters.Count == Clients);
        var looks = statements.Looks;
        // Three of the ten looks at those waited for: what the waiting itself costs.
        var before = statements.Count;
        await Eventually.True(() => statements.Looks >= looks + 3);
        Assert.InRange(statements.Count - before, 3, Clients / 20);
        Assert.InRange(ThreadPool.ThreadCount - threadsBefore, -1000, 100);
        Assert.Equal(Clients, waiters.Count);

        await riq.StartWorker();
        foreach (var answer in await Task.WhenAll(waiting))
            using (answer)
            {
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.Equal("completed", (await RiqApi.Json(answer)).Text("status"));
            }
        Assert.Equal(0, waiters.Count);
        Assert.True(statements.Reads < Clients, $"{statements.Reads:N0} reads for {Clients:N0} clients, before and after their waiting.");
    }

    static async Task<IEnumerable<string>> SubmitBatch(RiqApi api)
    {
        var items = Enumerable.Range(0, 500).Select(i => (JsonNode)new JsonObject { ["operation"] = "fake.safe_write", ["payload"] = new JsonObject { ["text"] = $"{i}" } });
        var answer = await api.PostText(Calls.BatchPath, new JsonObject { ["items"] = new JsonArray([.. items]) }.ToJsonString()).Json();
        return answer.GetProperty("items").EnumerateArray().Select(i => i.Text("token")!);
    }

    /// <summary>Counts what this process asks one database, by the traces of its driver.</summary>
    sealed class StatementsOf : IDisposable
    {
        readonly ConcurrentBag<string> _statements = [];
        readonly ActivityListener _listener;

        public StatementsOf(string database)
        {
            _listener = new()
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = a =>
                {
                    if (a.TagObjects.Any(t => t.Value as string == database)) _statements.Add(a.TagObjects.FirstOrDefault(t => t.Key is "db.statement" or "db.query.text").Value as string ?? "");
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public int Count => _statements.Count;
        public int Looks => _statements.Count(s => s.Contains("id = any($1) and status in", StringComparison.Ordinal));
        public int Reads => _statements.Count(s => s.Contains("where r.id = any($1)", StringComparison.Ordinal));

        public void Dispose() => _listener.Dispose();
    }
}
