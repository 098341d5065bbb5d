using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>Requests that wait for each other, while whole processes are killed: nothing too early, nothing stuck, nothing twice.</summary>
public sealed class OrderTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // The scaled-down run is a part of every run of the tests; the whole one takes its time.
    static readonly int GraphSize = TestServers.Long ? 500 : 100;
    static readonly TimeSpan LanesFor = TimeSpan.FromSeconds(TestServers.Long ? 60 : 10);
    static readonly TimeSpan MostIdle = TimeSpan.FromSeconds(TestServers.Long ? 5 : 15);

    static async Task<RiqInstallation> Start(string latency = "0")
    {
        var riq = await RiqInstallation.Create();
        riq.With("Riq__LeaseMargin", "00:00:02").With("Riq__SweepInterval", "00:00:00.500").With("Riq__LostAfter", "00:00:03").With("Riq__OutboxClaim", "00:00:03")
            .With("Riq__Services__jira__Timeout", "00:00:04").With("Riq__Services__jira__QuietPeriod", "00:00:02").With("Riq__Services__jira__Concurrency", "8").With("Simulator__LatencyScale", latency);
        await riq.StartSimulator();
        return riq;
    }

    [Fact]
    public async Task Create_comment_and_transition_in_one_batch_work_while_workers_are_killed()
    {
        const int Chains = 30;
        await using var riq = await Start(latency: "0.3");
        var client = new Client((await riq.StartApi()).Http);
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker() };
        var killing = KillInTurn(workers, () => Completed(riq), 20, 50);

        var chains = await Task.WhenAll(Enumerable.Range(0, Chains).Select(n => SubmitBatch(client, [
            new { @ref = "task", operation = "jira.create_task", payload = new { project_id = "MD", title = $"Chain {n}" } },
            new { @ref = "note", operation = "jira.add_comment", depends_on = new[] { "#task" }, payload = new { task_id = "$result.id", comment = "About $result.id" } },
            new { operation = "jira.transition_task", depends_on = new[] { "#task", "#note" }, payload = new { task_id = "$result.#task.id", target_status = "Done" } }])));
        foreach (var chain in chains)
        {
            var ends = await Task.WhenAll(chain.Select(t => client.End(t, Patience)));
            Assert.All(ends, e => Assert.Equal("completed", e.GetProperty("status").GetString()));
            for (var i = 1; i < ends.Length; i++) Assert.True(ends[i].GetProperty("started_at").GetDateTime() >= ends[i - 1].GetProperty("completed_at").GetDateTime());
            Assert.Equal(ends[0].GetProperty("result").GetProperty("id").GetString(), ends[1].GetProperty("result").GetProperty("task_id").GetString());
        }
        await killing;
        Assert.All(await new Simulator(riq.Simulator.Http).Effects(), e => Assert.Single(e.Value));
    }

    /// <summary>A request of a random graph: those before it that it waits for, and whether it fails by itself.</summary>
    public sealed record Node(int[] DependsOn, bool Fails);

    [Fact]
    public async Task In_a_random_graph_no_child_runs_before_its_parents_none_is_stuck_and_the_cascade_is_exact()
    {
        await using var riq = await Start();
        var client = new Client((await riq.StartApi()).Http);
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker() };
        // The seed is in the message of a failure. Not made smaller then: each try takes seconds.
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(TestServers.Long ? 3 : 1), Prop.ForAll(Arb.From(Graph()), graph => RunGraph(riq, client, workers, graph).GetAwaiter().GetResult())));
    }

    static Gen<Node[]> Graph() =>
        from seeds in Gen.ArrayOf(Gen.Choose(0, int.MaxValue), GraphSize)
        select seeds.Select((seed, i) => NodeOf(i, new Random(seed))).ToArray();

    // Levels of a tenth each keep the chains short; one in thirty fails.
    static Node NodeOf(int i, Random random)
    {
        var before = i - i % (GraphSize / 10);
        return new([.. Enumerable.Range(0, before == 0 ? 0 : random.Next(4)).Select(_ => random.Next(before)).Distinct()], random.Next(30) == 0);
    }

    static async Task RunGraph(RiqInstallation riq, Client client, RiqProcess[] workers, Node[] graph)
    {
        var completedBefore = await Completed(riq);
        var killing = KillInTurn(workers, async () => await Completed(riq) - completedBefore, GraphSize / 20, GraphSize / 10);
        // Backwards: the order in the batch means nothing.
        var tokens = await SubmitBatch(client, [.. graph.Select((node, i) => (object)new
        {
            @ref = $"n{i}", operation = "jira.create_task", depends_on = node.DependsOn.Select(d => $"#n{d}"),
            payload = new { project_id = node.Fails ? "NOPE" : "MD", title = $"Node {i}", description = string.Join(", ", node.DependsOn.Select(d => $"$result.#n{d}.id")) },
        }).Reverse()]);
        Array.Reverse(tokens);
        var ends = await Task.WhenAll(tokens.Select(t => client.End(t, Patience)));
        await killing;
        var failed = new bool[graph.Length];
        for (var i = 0; i < graph.Length; i++)
        {
            var expected = graph[i].DependsOn.Any(d => failed[d]) ? "DEPENDENCY_FAILED" : graph[i].Fails ? "VALIDATION_ERROR" : null;
            failed[i] = expected is not null;
            Assert.Equal(expected ?? "completed", failed[i] ? ends[i].GetProperty("error").GetProperty("code").GetString() : ends[i].GetProperty("status").GetString());
            if (expected is null) Assert.All(graph[i].DependsOn, d => Assert.True(ends[i].GetProperty("started_at").GetDateTime() >= ends[d].GetProperty("completed_at").GetDateTime(), $"{i} began before {d} had ended"));
        }
    }

    [Fact]
    public async Task Lanes_keep_the_order_of_acceptance_and_never_overlap_or_idle_while_processes_are_killed()
    {
        const int Submitters = 20, Lanes = 5;
        await using var riq = await Start();
        // The place is given up at the end; the test wants to know which it was.
        await riq.Database.Execute("create table place(token text primary key, lane text, seq bigint); grant all on place to riq_worker, riq_api");
        await riq.Database.Execute("create function note_place() returns trigger language plpgsql as $$ begin insert into place values (new.token, new.lane_key, new.lane_seq); return new; end $$");
        await riq.Database.Execute("create trigger note_place after insert on queue_requests for each row when (new.lane_seq is not null) execute function note_place()");
        var apis = new[] { await riq.StartApi(), await riq.StartApi() };
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker(), await riq.StartWorker() };
        var tokens = new ConcurrentBag<string>();
        var stop = false;
        var submitting = Task.WhenAll(Enumerable.Range(0, Submitters).Select(async s =>
        {
            var client = new Client(apis[s % 2].Http);
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            for (var n = 0; !Volatile.Read(ref stop) && await pace.WaitForNextTickAsync(); n++)
                tokens.Add(await client.Submit(new { operation = "jira.add_comment", payload = new { task_id = $"MD-{1 + (s + n) % Lanes}", comment = $"{s}/{n}" } }, $"lane-{s}-{n}"));
        }));
        var until = TimeProvider.System.GetUtcNow() + LanesFor;
        RiqProcess[] victims = [workers[0], apis[1], workers[1], workers[2]];
        for (var kill = 0; TimeProvider.System.GetUtcNow() < until; kill++)
        {
            var seen = await Completed(riq);
            await Eventually.True(async () => await Completed(riq) > seen + 50, Patience);
            await victims[kill % victims.Length].Kill();
            await victims[kill % victims.Length].Restart();
        }
        Volatile.Write(ref stop, true);
        await submitting;
        var reader = new Client(apis[0].Http);
        foreach (var token in tokens) Assert.Equal("completed", (await reader.End(token, Patience)).GetProperty("status").GetString());

        await CheckLanes(riq, [.. tokens]);
    }

    static async Task CheckLanes(RiqInstallation riq, string[] tokens)
    {
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
        // What the service saw.
        var places = (await riq.Database.List("select token, lane, seq from place", r => (Token: r.GetString(0), Lane: r.GetString(1), Seq: r.GetInt64(2)))).ToDictionary(p => p.Token);
        var calls = (await riq.Simulator.Http.GetFromJsonAsync<JsonElement>(new Uri("/__sim/ledger?limit=1000000", UriKind.Relative))).GetProperty("rows").EnumerateArray()
            .Where(r => r.GetProperty("committed").GetBoolean() && r.GetProperty("method").GetString() == "POST" && r.GetProperty("marker").ValueKind == JsonValueKind.String).Select(r => r.GetProperty("marker").GetString()!).ToArray();
        Assert.Equal(tokens.Order(), calls.Order());
        foreach (var lane in calls.GroupBy(c => places[c].Lane)) Assert.Equal(lane.Select(c => places[c].Seq).Order(), lane.Select(c => places[c].Seq));
        // What RIQ noted: attempts and looks of one lane, one after the other.
        Assert.Equal(0, await riq.Database.Scalar<long>("""
            select count(*) from (select a.started_at, lag(a.ended_at) over (partition by r.lane_key order by a.started_at) as before
              from request_attempts a join queue_requests r on r.id = a.request_id) t where started_at < before
            """));
        // The next one was there when the one before ended: then it began soon.
        var idle = await riq.Database.Scalar<double>("""
            select coalesce(max(extract(epoch from first - before)), 0)::float8 from (
              select r.created_at, (select min(at) from request_events e where e.request_id = r.id and e.event = 'started') as first,
                lag(r.completed_at) over (partition by r.lane_key order by p.seq) as before
              from queue_requests r join place p using (token)) t where created_at < before
            """);
        Assert.True(idle <= MostIdle.TotalSeconds, $"A lane was idle for {idle:0.0} s");
    }

    [Fact]
    public async Task A_search_with_the_token_of_a_write_finds_it_however_far_the_index_lags_and_without_it_does_not()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__IndexLagScale", "60");   // a minute at the least
        await riq.StartSimulator();
        var client = new Client((await riq.StartApi()).Http);
        await riq.StartWorker();
        for (var n = 0; n < 5; n++)
        {
            var word = $"lagging{Guid.NewGuid():N}";
            var create = await client.Submit(Client.CreateTask(word));
            var with = await client.Submit(new { operation = "jira.search_tasks", payload = new { project_id = "MD", text = word }, after_consistency_token = "ct_" + create[4..] });
            Assert.Equal([await IdOf(client, create)], await TasksOf(client, with));
            var without = await client.Submit(new { operation = "jira.search_tasks", payload = new { project_id = "MD", text = word } });
            Assert.Empty(await TasksOf(client, without));
            // A change, too, although its result tells no number.
            var changed = $"changed{Guid.NewGuid():N}";
            var update = await client.Submit(new { operation = "jira.update_task", payload = new { task_id = await IdOf(client, create), title = changed } });
            var again = await client.Submit(new { operation = "jira.search_tasks", payload = new { project_id = "MD", text = changed }, after_consistency_token = "ct_" + update[4..] });
            Assert.Equal([await IdOf(client, create)], await TasksOf(client, again));
        }
    }

    [Fact]
    public async Task A_search_of_pages_with_the_token_of_a_write_waits_until_the_index_shows_it()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__IndexLagScale", "5").With("Simulator__Seed", "3");   // 5 to 15 s
        await riq.StartSimulator();
        var client = new Client((await riq.StartApi()).Http);
        await riq.StartWorker();
        var word = $"lagging{Guid.NewGuid():N}";
        var create = await client.Submit(new { operation = "confluence.create_page", payload = new { space_id = "MD", title = word, content = "x" } });
        var with = await client.Submit(new { operation = "confluence.search_pages", payload = new { query = word }, after_consistency_token = "ct_" + create[4..] });
        await client.End(create);
        var without = await client.Submit(new { operation = "confluence.search_pages", payload = new { query = word } });
        Assert.Empty((await client.End(without)).GetProperty("result").GetProperty("pages").EnumerateArray());
        Assert.Equal([await IdOf(client, create)], (await client.End(with, Patience)).GetProperty("result").GetProperty("pages").EnumerateArray().Select(d => d.GetProperty("id").GetString()!));
    }

    static async Task<string> IdOf(Client client, string token) => (await client.End(token)).GetProperty("result").GetProperty("id").GetString()!;

    static async Task<string[]> TasksOf(Client client, string token) => [.. (await client.End(token)).GetProperty("result").GetProperty("tasks").EnumerateArray().Select(t => t.GetProperty("id").GetString()!)];

    static Task<long> Completed(RiqInstallation riq) => riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'completed'");

    // One after the other, each when so much is done; never all at once.
    static async Task KillInTurn(RiqProcess[] workers, Func<Task<long>> done, params int[] at)
    {
        for (var i = 0; i < at.Length; i++)
        {
            await Eventually.True(async () => await done() >= at[i], Patience);
            await workers[i % workers.Length].Kill();
            await workers[i % workers.Length].Restart();
        }
    }

    static async Task<string[]> SubmitBatch(Client client, object[] items)
    {
        using var answer = await client.Http.PostAsJsonAsync(new Uri("/api/queue/submit/batch", UriKind.Relative), new { items });
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return [.. json.GetProperty("items").EnumerateArray().Select(i => i.TryGetProperty("token", out var token) ? token.GetString()! : throw new InvalidOperationException(i.ToString()))];
    }
}
