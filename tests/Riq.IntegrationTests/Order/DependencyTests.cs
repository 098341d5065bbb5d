using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Order;

/// <summary>Requests that wait for others, run with their results, and fail with them.</summary>
public sealed class DependencyTests
{
    [Fact]
    public async Task A_request_waits_for_those_it_depends_on_and_runs_with_their_results()
    {
        await using var riq = await RiqCluster.Start();
        var hold = Answers(riq, held: "parent");
        var parent = await riq.Api.Submit("fake.create", "parent");
        var child = await riq.Api.Submit("fake.write", $"see $result.{parent}.id, and $result.data.list[1].name!", new { depends_on = new[] { parent } });
        var waiting = await riq.Api.Result(child);
        Assert.Equal(("queued", "dependencies"), (waiting.GetProperty("status").GetString(), waiting.GetProperty("waiting_for").GetString()));
        hold.SetResult();
        Assert.Equal("completed", (await riq.Api.End(child)).GetProperty("status").GetString());
        Assert.Equal("see ID-parent, and two!", TextOf(riq.Service.Calls.Single(c => c.Marker == child)));
        // What is stored is what was sent.
        Assert.Contains("$result.", (await riq.Api.Detail(child)).GetProperty("payload").GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task References_take_any_type_at_any_depth_and_are_checked_again_once_they_are_filled_in()
    {
        await using var riq = await RiqCluster.Start();
        Answers(riq);
        var parent = await riq.Api.Submit("fake.create", "parent");
        var good = await riq.Api.Submit("fake.write", more: new { payload = new { text = "$$result.id is $result.id", number = "$result.number", data = new { deep = new object[] { new { all = "$result.list" } } } }, depends_on = new[] { parent } });
        await riq.Api.End(good);
        var call = riq.Service.Calls.Single(c => c.Marker == good).Payload;
        Assert.Equal("$result.id is ID-parent", call.GetProperty("text").GetString());
        Assert.Equal(7, call.GetProperty("number").GetInt32());
        Assert.Equal("two", call.GetProperty("data").GetProperty("deep")[0].GetProperty("all")[1].GetProperty("name").GetString());

        await FailsWith(riq, "payload.number", new { payload = new { text = "x", number = "$result.id" }, depends_on = new[] { parent } });
        await FailsWith(riq, "$result.nothing.there", new { payload = new { text = "x", data = new { a = "$result.nothing.there" } }, depends_on = new[] { parent } });
    }

    static async Task FailsWith(RiqCluster riq, string named, object more)
    {
        var token = await riq.Api.Submit("fake.write", more: more);
        var error = (await riq.Api.End(token)).GetProperty("error");
        Assert.Equal("VALIDATION_ERROR", error.GetProperty("code").GetString());
        Assert.Contains(named, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(riq.Service.Calls, c => c.Marker == token);
    }

    [Fact]
    public async Task Create_comment_and_transition_go_in_one_batch_with_references_by_name_in_any_order()
    {
        await using var riq = await RiqCluster.Start();
        Answers(riq);
        var tokens = await SubmitBatch(riq,
            new { @ref = "move", operation = "fake.update", payload = new { text = "move", entity = "$result.#make.id" }, depends_on = new[] { "#make", "#say" } },
            new { @ref = "say", operation = "fake.update", payload = new { text = "say", entity = "$result.id" }, depends_on = new[] { "#make" } },
            new { @ref = "make", operation = "fake.create", payload = new { text = "make" } });
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(["make", "say", "move"], riq.Service.Calls.Select(TextOf));
        Assert.All(riq.Service.Calls.Skip(1), c => Assert.Equal("ID-make", c.Payload.GetProperty("entity").GetString()));
        Assert.Equal("fake:ID-MAKE", await riq.Database.Scalar<string>("select lane_key from queue_requests where token = $1", tokens[0]));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("dead")]
    public async Task The_end_of_one_without_success_fails_all_that_wait_for_it_however_far_and_nobody_else(string how)
    {
        await using var riq = await RiqCluster.Start();
        var hold = Answers(riq, held: "root", then: _ => FakeService.Fail(how == "failed" ? ErrorCodes.NotFound : ErrorCodes.ServiceUnavailable));
        var root = await riq.Api.Submit("fake.safe_write", "root", new { max_retries = 0 });
        var chain = new List<string> { root };
        for (var i = 0; i < 12; i++) chain.Add(await riq.Api.Submit("fake.write", $"{i}", new { depends_on = new[] { chain[^1] } }));
        var other = await riq.Api.Submit("fake.write", "other");
        hold.SetResult();
        Assert.Equal(how, (await riq.Api.End(root)).GetProperty("status").GetString());
        for (var i = 1; i < chain.Count; i++)
        {
            var end = await riq.Api.End(chain[i]);
            Assert.Equal(("failed", "DEPENDENCY_FAILED"), (end.GetProperty("status").GetString(), end.GetProperty("error").GetProperty("code").GetString()));
            Assert.Contains(chain[i - 1], end.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal("completed", (await riq.Api.End(other)).GetProperty("status").GetString());
        // What is submitted afterwards ends as it is accepted.
        using var late = await riq.Api.Post("/api/queue/submit", new { operation = "fake.write", payload = new { text = "late" }, depends_on = new[] { chain[^1] } });
        Assert.Equal("failed", (await RiqApi.Json(late)).GetProperty("status").GetString());
        Assert.Equal(new[] { "root", "other" }.Order(), riq.Service.Calls.Select(TextOf).Order());
    }

    [Fact]
    public async Task What_depends_on_something_done_long_ago_runs_at_once()
    {
        await using var riq = await RiqCluster.Start();
        Answers(riq);
        var parent = await riq.Api.Submit("fake.create", "parent");
        await riq.Api.End(parent);
        var child = await riq.Api.Submit("fake.write", "$result.id", new { depends_on = new[] { parent, parent } });
        await riq.Api.End(child);
        Assert.Equal("ID-parent", TextOf(riq.Service.Calls.Single(c => c.Marker == child)));
    }

    [Fact]
    public async Task Cancelling_or_expiring_one_fails_those_that_wait_for_it()
    {
        await using var riq = await RiqCluster.Start();
        var hold = Answers(riq, held: "root");
        var root = await riq.Api.Submit("fake.write", "root");
        var cancelled = await riq.Api.Submit("fake.write", "cancelled", new { depends_on = new[] { root } });
        var expired = await riq.Api.Submit("fake.write", "expired", new { depends_on = new[] { root }, expires_in = 1 });
        var children = new[] { await riq.Api.Submit("fake.write", "c", new { depends_on = new[] { cancelled } }), await riq.Api.Submit("fake.write", "e", new { depends_on = new[] { expired } }) };
        using (await riq.Api.Post($"/api/queue/requests/{cancelled}/cancel", new { })) { }
        foreach (var child in children) Assert.Equal("DEPENDENCY_FAILED", (await riq.Api.End(child)).GetProperty("error").GetProperty("code").GetString());
        hold.SetResult();
        await riq.Api.End(root);
    }

    [Fact]
    public async Task Submissions_racing_with_the_end_never_wait_for_ever()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("SweepInterval", "01:00:00");   // nobody helps
        await riq.StartWorker("worker-1");
        await riq.StartWorker("worker-2");
        var apis = new[] { await riq.StartApi(), await riq.StartApi() };
        Answers(riq);
        var children = new List<Task<string>>();
        for (var i = 0; i < 60; i++)
        {
            var parent = await riq.Api.Submit("fake.write", $"p{i}");
            for (var c = 0; c < 3; c++) children.Add(apis[c % 2].Submit("fake.write", $"c{i}", new { depends_on = new[] { parent } }));
        }
        foreach (var child in await Task.WhenAll(children)) Assert.Equal("completed", (await riq.Api.End(child)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_can_not_be_waited_for_is_refused_and_named()
    {
        await using var riq = await RiqCluster.Start();
        var unknown = $"req_{Guid.CreateVersion7():N}";
        await Refused(riq, "depends_on", unknown, new { operation = "fake.write", payload = new { text = "x" }, depends_on = new[] { unknown } });
        await Refused(riq, "depends_on[0]", "token", new { operation = "fake.write", payload = new { text = "x" }, depends_on = new[] { "nonsense" } });
        await Refused(riq, "depends_on", "100", new { operation = "fake.write", payload = new { text = "x" }, depends_on = Enumerable.Range(0, 101).Select(_ => unknown) });
        var parent = await riq.Api.Submit("fake.create", "parent");
        await Refused(riq, "payload.text", unknown, new { operation = "fake.write", payload = new { text = $"$result.{unknown}.id" }, depends_on = new[] { parent } });
        await Refused(riq, "payload.text", "which", new { operation = "fake.write", payload = new { text = "$result.id" }, depends_on = new[] { parent, await riq.Api.Submit() } });
        await Refused(riq, "after_consistency_token", "no write", new { operation = "fake.read", payload = new { text = "x" }, after_consistency_token = $"ct_{Guid.NewGuid():N}" });
        var read = await riq.Api.Submit("fake.read");
        await Refused(riq, "after_consistency_token", "no write", new { operation = "fake.read", payload = new { text = "x" }, after_consistency_token = "ct_" + read[4..] });
        // Somebody else's request is as unknown as one that never was.
        await riq.Database.Execute("update queue_requests set client_id = 'somebody else' where token = $1", parent);
        await Refused(riq, "depends_on", parent, new { operation = "fake.write", payload = new { text = "x" }, depends_on = new[] { parent } });
    }

    [Fact]
    public async Task A_chain_of_more_than_fifty_is_refused()
    {
        await using var riq = await RiqCluster.Start();
        Answers(riq);
        var items = Enumerable.Range(0, 60).Select(i => (object)new { @ref = $"n{i}", operation = "fake.write", payload = new { text = $"{i}" }, depends_on = i == 0 ? [] : new[] { $"#n{i - 1}" } });
        using var answer = await riq.Api.Post("/api/queue/submit/batch", new { items });
        var answers = (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal(51, answers.Count(a => a.TryGetProperty("token", out _)));
        Assert.Contains("50", answers[51].ToString(), StringComparison.Ordinal);
        await riq.Api.End(answers[50].GetProperty("token").GetString()!);
    }

    [Fact]
    public async Task The_same_batch_sent_again_is_the_same_batch_also_when_it_refers_to_itself()
    {
        await using var riq = await RiqCluster.Start();
        Answers(riq);
        object[] Items(string second) =>
        [
            new { @ref = "a", idempotency_key = "ka", operation = "fake.create", payload = new { text = "a" } },
            new { @ref = "b", idempotency_key = second, operation = "fake.write", payload = new { text = "$result.#a.id" }, depends_on = new[] { "#a" } },
        ];
        var first = await SubmitBatch(riq, Items("kb"));
        Assert.Equal(first, await SubmitBatch(riq, Items("kb")));
        // A new item waits for the request that its neighbour stands for.
        var again = await SubmitBatch(riq, Items("kc"));
        Assert.Equal(first[0], again[0]);
        Assert.NotEqual(first[1], again[1]);
        await riq.Api.End(again[1]);
        Assert.Equal("ID-a", TextOf(riq.Service.Calls.Single(c => c.Marker == again[1])));
    }

    [Fact]
    public async Task A_consistency_token_is_waited_for_by_many_fails_with_its_write_and_ends_with_time()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("ConsistencyTokenLifetime", "00:00:05");
        await riq.StartWorker();
        await riq.StartApi();
        var hold = Answers(riq, held: "write");
        var write = await riq.Api.Submit("fake.create", "write");
        var token = "ct_" + write[4..];
        var readers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => riq.Api.Submit("fake.read", $"r{i}", new { after_consistency_token = token })));
        Assert.Equal("consistency_token", (await riq.Api.Result(readers[0])).GetProperty("waiting_for").GetString());
        hold.SetResult();
        foreach (var reader in readers) Assert.Equal("completed", (await riq.Api.End(reader)).GetProperty("status").GetString());
        Assert.All(riq.Service.Calls.Where(c => c.Operation.Name == "fake.read"), c => Assert.Equal("ID-write", Assert.Single(c.MustShow).GetProperty("id").GetString()));

        await riq.Database.Execute("update queue_requests set completed_at = completed_at - interval '1 minute' where token = $1", write);
        Assert.Equal("CONSISTENCY_TOKEN_EXPIRED", (await riq.Api.End(await riq.Api.Submit("fake.read", more: new { after_consistency_token = token }))).GetProperty("error").GetProperty("code").GetString());
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.NotFound));
        var failing = await riq.Api.Submit("fake.create", "fails");
        Assert.Equal("CONSISTENCY_TOKEN_INVALID", (await riq.Api.End(await riq.Api.Submit("fake.read", more: new { after_consistency_token = "ct_" + failing[4..] }))).GetProperty("error").GetProperty("code").GetString());
    }

    static async Task Refused(RiqCluster riq, string field, string says, object body)
    {
        using var answer = await riq.Api.Post("/api/queue/submit", body);
        var json = await RiqApi.Json(answer);
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, json.ToString());
        Assert.Contains(says, json.GetProperty("errors").GetProperty(field).ToString(), StringComparison.Ordinal);
    }

    static async Task<string[]> SubmitBatch(RiqCluster riq, params object[] items)
    {
        using var answer = await riq.Api.Post("/api/queue/submit/batch", new { items });
        var json = await RiqApi.Json(answer);
        return [.. json.GetProperty("items").EnumerateArray().Select(i => i.TryGetProperty("token", out var t) ? t.GetString()! : throw new InvalidOperationException(i.ToString()))];
    }

    static string TextOf(OperationCall call) => call.Payload.GetProperty("text").GetString()!;

    // The service answers with an object of the call's own text; the one with this text only when it is told to.
    static TaskCompletionSource Answers(RiqCluster riq, string? held = null, Func<OperationCall, AdapterResult<JsonElement>>? then = null)
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.Answer = async (call, cancellation) =>
        {
            if (TextOf(call) == held)
            {
                await hold.Task.WaitAsync(cancellation);
                if (then is not null) return then(call);
            }
            return AdapterResult<JsonElement>.Ok(JsonSerializer.SerializeToElement(new { id = "ID-" + TextOf(call), number = 7, list = new[] { new { name = "one" }, new { name = "two" } } }));
        };
        return hold;
    }
}
