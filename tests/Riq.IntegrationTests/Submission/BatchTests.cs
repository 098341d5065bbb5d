using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Submission;

public sealed class BatchTests(IdleCluster cluster) : IClassFixture<IdleCluster>
{
    RiqApi Api => cluster.Api;

    static JsonObject Item(string text, string? key = null, string? name = null)
    {
        var item = new JsonObject { ["operation"] = "fake.write", ["payload"] = new JsonObject { ["text"] = text } };
        if (key is not null) item["idempotency_key"] = key;
        if (name is not null) item["ref"] = name;
        return item;
    }

    Task<HttpResponseMessage> Post(params JsonNode?[] items) => Api.PostText(Calls.BatchPath, new JsonObject { ["items"] = new JsonArray(items) }.ToJsonString());

    async Task<JsonElement[]> Items(params JsonNode?[] items)
    {
        using var answer = await Post(items);
        var json = await RiqApi.Json(answer);
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return [.. json.GetProperty("items").EnumerateArray()];
    }

    Task<string> TextOf(string token) => cluster.Riq.Database.Scalar<string>("select payload->>'text' from queue_requests where id = $1", Guid.Parse(token[4..]));

    [Fact]
    public async Task Five_hundred_items_are_stored_and_answered_in_order()
    {
        var before = await cluster.Rows();
        var answers = await Items([.. Enumerable.Range(0, 500).Select(i => Item($"item {i}", name: $"r{i}"))]);
        Assert.Equal(before + 500, await cluster.Rows());
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"r{i}"), answers.Select(a => a.Text("ref")));
        Assert.Equal(500, answers.Select(a => a.Text("token")).Distinct().Count());
        foreach (var i in new[] { 0, 1, 249, 499 }) Assert.Equal($"item {i}", await TextOf(answers[i].Text("token")!));
    }

    [Fact]
    public async Task More_than_five_hundred_items_or_none_are_refused()
    {
        var before = await cluster.Rows();
        var refusal = await Refusal.Of(Post([.. Enumerable.Range(0, 501).Select(i => Item($"{i}"))]), HttpStatusCode.BadRequest);
        Assert.Contains("501", Assert.Single(refusal.Errors("items")), StringComparison.Ordinal);
        await Refusal.Of(Post(), HttpStatusCode.BadRequest);
        Assert.Equal(before, await cluster.Rows());
    }

    [Theory]
    [InlineData("[]", "items")]
    [InlineData("{}", "items")]
    [InlineData("null", "items")]
    [InlineData("""{"items":null}""", "items")]
    [InlineData("""{"items":{"operation":"fake.write"}}""", "items")]
    [InlineData("""{"items":[{"operation":"fake.write","payload":{"text":"a"}}],"priority":"high"}""", "priority")]
    [InlineData("""{"items":[{"operation":"fake.write","payload":{"text":"a"}}],"\u0000":1}""", "body")]
    public async Task What_is_no_batch_is_refused(string body, string field)
    {
        var before = await cluster.Rows();
        Assert.Equal([field], (await Refusal.Of(Api.PostText(Calls.BatchPath, body), HttpStatusCode.BadRequest)).Fields);
        Assert.Equal(before, await cluster.Rows());
    }

    [Fact]
    public async Task A_batch_with_names_of_invalid_UTF_8_is_refused()
    {
        byte[] body = [.. "{\"items\":[{\"operation\":\"fake.write\",\"payload\":{\"text\":\"a\"}}],\""u8, 0xFF, 0xC0, .. "\":1}"u8];
        await Refusal.Of(Api.PostBytes(Calls.BatchPath, body), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_idempotency_key_header_is_refused_on_a_batch()
    {
        var refusal = await Refusal.Of(Api.PostText(Calls.BatchPath, """{"items":[{"operation":"fake.write","payload":{"text":"a"}}]}""", ("Idempotency-Key", "one-for-all")), HttpStatusCode.BadRequest);
        Assert.Equal(["Idempotency-Key"], refusal.Fields);
    }

    [Fact]
    public async Task A_bad_item_refuses_only_itself()
    {
        var before = await cluster.Rows();
        var answers = await Items(
            Item("good"),
            new JsonObject { ["operation"] = "fake.fly", ["payload"] = new JsonObject(), ["priority"] = "soon" },
            Item("nul \0"),
            JsonValue.Create(12),
            null,
            Item("two\nlines"),
            Item("also good", name: new string('r', 65)),
            Item("good too", name: new string('r', 64)));

        Assert.Equal([true, false, false, false, false, false, false, true], answers.Select(a => a.TryGetProperty("token", out _)));
        Assert.Equal(before + 2, await cluster.Rows());
        Assert.Equal(["operation", "priority"], Problem(answers[1]).Fields);
        Assert.Equal(["payload.text"], Problem(answers[2]).Fields);
        Assert.Equal(["body"], Problem(answers[3]).Fields);
        Assert.Equal(["body"], Problem(answers[4]).Fields);
        Assert.Equal(["payload.text"], Problem(answers[5]).Fields);
        Assert.Equal(["ref"], Problem(answers[6]).Fields);
    }

    [Fact]
    public async Task A_batch_of_nothing_but_bad_items_stores_nothing()
    {
        var before = await cluster.Rows();
        var answers = await Items([.. Enumerable.Range(0, 500).Select(_ => (JsonNode)new JsonObject { ["operation"] = "fake.fly" })]);
        Assert.All(answers, a => Problem(a));
        Assert.Equal(before, await cluster.Rows());
    }

    [Fact]
    public async Task A_ref_used_twice_refuses_the_later_item()
    {
        var answers = await Items(Item("first", name: "same"), Item("second", name: "same"), Item("third", name: "SAME"));
        Assert.Equal("first", await TextOf(answers[0].Text("token")!));
        Assert.Equal(["ref"], Problem(answers[1]).Fields);
        Assert.Equal("third", await TextOf(answers[2].Text("token")!));
    }

    [Fact]
    public async Task Equal_keys_inside_a_batch_are_one_request()
    {
        var key = $"{Guid.NewGuid()}";
        var before = await cluster.Rows();
        var answers = await Items(Item("same", key), Item("between"), Item("same", key), Item("other", key), Item("same", key));
        Assert.Equal(before + 2, await cluster.Rows());
        Assert.Equal(answers[0].Text("token"), answers[2].Text("token"));
        Assert.Equal(answers[0].Text("token"), answers[4].Text("token"));
        Assert.Equal("same", await TextOf(answers[0].Text("token")!));
        var refusal = Refusal.In(answers[3].GetProperty("problem"), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("idempotency key", refusal.Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_and_new_items_mix()
    {
        var (key, other) = ($"{Guid.NewGuid()}", $"{Guid.NewGuid()}");
        var first = await Api.Submit(text: "known", more: new { idempotency_key = key });
        var before = await cluster.Rows();
        var answers = await Items(Item("new"), Item("known", key), Item("changed", key), Item("newer", other));
        Assert.Equal(before + 2, await cluster.Rows());
        Assert.Equal(first, answers[1].Text("token"));
        Refusal.In(answers[2].GetProperty("problem"), HttpStatusCode.UnprocessableEntity);

        var again = await Items(Item("newer", other), Item("known", key));
        Assert.Equal([answers[3].Text("token"), first], again.Select(a => a.Text("token")));
    }

    [Fact]
    public async Task Batches_that_share_keys_in_opposite_order_at_the_same_time_all_succeed()
    {
        var keys = Enumerable.Range(0, 100).Select(i => $"{Guid.NewGuid()}").ToArray();
        var rounds = await Task.WhenAll(Enumerable.Range(0, 8).Select(round => Items([.. (round % 2 == 0 ? keys : keys.Reverse()).Select(k => Item(k, k))])));
        foreach (var answers in rounds) Assert.Equal(100, answers.Select(a => a.Text("token")).Distinct().Count());
        Assert.Equal(100, rounds.SelectMany(r => r).Select(a => a.Text("token")).Distinct().Count());
        Assert.Equal(100, await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests where idempotency_key = any($1)", (object)keys));
    }

    static Refusal Problem(JsonElement answer) => Refusal.In(answer.GetProperty("problem"), HttpStatusCode.BadRequest);
}
