using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Submission;

public sealed class IdempotencyTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    const string KeyHeader = "Idempotency-Key";
    readonly string _key = $"key-{Guid.NewGuid():N}";

    RiqApi Api => cluster.Api;

    Task<long> RowsOf(string key) => cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests where idempotency_key = $1", key);

    static string Body(string payload, string? key = null) => $$"""{"operation":"fake.write","payload":{{payload}}{{(key is null ? "" : $",\"idempotency_key\":{JsonSerializer.Serialize(key)}")}}}""";

    static async Task<(string Token, string Status, bool Replayed)> Accepted(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        var json = await RiqApi.Json(answer);
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return (json.Text("token")!, json.Text("status")!, answer.Header("Idempotent-Replayed") == "true");
    }

    [Fact]
    public async Task A_duplicate_submission_returns_the_first_token()
    {
        var first = await Accepted(Api.SubmitText(Body("""{"text":"once"}""", _key)));
        var second = await Accepted(Api.SubmitText(Body("""{"text":"once"}""", _key)));
        Assert.False(first.Replayed);
        Assert.True(second.Replayed);
        Assert.Equal(first.Token, second.Token);
        Assert.Equal(1, await RowsOf(_key));
        await Api.End(first.Token);
        Assert.Single(cluster.Service.Calls, c => c.Marker == first.Token);
    }

    [Fact]
    public async Task Header_and_field_name_the_same_key_quoted_or_bare()
    {
        const string payload = """{"text":"same"}""";
        var tokens = new[]
        {
            await Accepted(Api.SubmitText(Body(payload), (KeyHeader, _key))),
            await Accepted(Api.SubmitText(Body(payload), (KeyHeader, $"\"{_key}\""))),
            await Accepted(Api.SubmitText(Body(payload, _key))),
            await Accepted(Api.SubmitText(Body(payload, _key), (KeyHeader, $"\"{_key}\""))),
        };
        Assert.Single(tokens.Select(t => t.Token).Distinct());
        Assert.Equal([false, true, true, true], tokens.Select(t => t.Replayed));
    }

    [Theory]
    [InlineData("""{"text":"other"}""", "fake.write")]
    [InlineData("""{"text":"first","number":1}""", "fake.write")]
    [InlineData("""{"text":"first"}""", "fake.safe_write")]
    public async Task A_known_key_with_other_content_is_refused(string payload, string operation)
    {
        var first = await Accepted(Api.SubmitText(Body("""{"text":"first"}""", _key)));
        var refusal = await Refusal.Of(Api.SubmitText($$"""{"operation":"{{operation}}","payload":{{payload}},"idempotency_key":"{{_key}}"}"""), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("idempotency key", refusal.Title, StringComparison.Ordinal);
        Assert.Equal(1, await RowsOf(_key));
        Assert.Equal("first", (await Api.End(first.Token)).GetProperty("result").Text("echo"));
    }

    [Fact]
    public async Task Payloads_that_mean_the_same_count_as_the_same()
    {
        var spellings = new[]
        {
            """{"text":"Grüße","number":1,"data":{"a":1,"b":[1.5,100,0],"c":{"x":null,"y":true}}}""",
            """{ "data" : { "c" : {"y":true, "x":null}, "b" : [1.50, 1e2, -0.0], "a" : 1.0 }, "number":1, "text" : "Gr\u00fc\u00dfe" }""",
            "{\n\t\"number\":1,\"text\":\"Gr\\u00FC\\u00dfe\",\"data\":{\"b\":[15e-1,100.00,0e0],\"a\":10E-1,\"c\":{\"x\":null,\"y\":true}}}",
        };
        var tokens = new List<string>();
        foreach (var spelling in spellings) tokens.Add((await Accepted(Api.SubmitText(Body(spelling, _key)))).Token);
        Assert.Single(tokens.Distinct());

        foreach (var other in new[] { "[100,1.5,0]", "[1.5,100]", "[1.5,100,0.1]", "[\"1.5\",100,0]" })
            await Refusal.Of(Api.SubmitText(Body("""{"text":"Grüße","number":1,"data":{"a":1,"b":""" + other + ""","c":{"x":null,"y":true}}}""", _key)), HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Long_numbers_that_differ_in_their_last_digit_are_different()
    {
        await Accepted(Api.SubmitText(Body("""{"text":"a","data":{"id":9007199254740993}}""", _key)));
        await Refusal.Of(Api.SubmitText(Body("""{"text":"a","data":{"id":9007199254740992}}""", _key)), HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task What_is_not_content_may_differ()
    {
        var first = await Accepted(Api.SubmitText(Body("""{"text":"a"}"""), (KeyHeader, _key)));
        var second = await Accepted(Api.SubmitText("""{"operation":"fake.write","payload":{"text":"a"},"priority":"high","fire_and_forget":true,"max_retries":0}""", (KeyHeader, _key)));
        Assert.Equal((first.Token, true), (second.Token, second.Replayed));
        await Api.End(first.Token);
        Assert.Equal("normal", (await Api.Detail(first.Token)).Text("priority"));
    }

    [Fact]
    public async Task A_replay_reports_the_present_status()
    {
        var first = await Accepted(Api.SubmitText(Body("""{"text":"a"}""", _key)));
        await Api.End(first.Token);
        var again = await Accepted(Api.SubmitText(Body("""{"text":"a"}""", _key)));
        Assert.Equal((first.Token, "completed", true), again);

        using var waited = await Api.SubmitText(Body("""{"text":"a"}""", _key), ("Prefer", "wait=30"));
        Assert.Equal("true", waited.Header("Idempotent-Replayed"));
        Assert.Equal("a", (await RiqApi.Json(waited)).GetProperty("result").Text("echo"));
    }

    [Theory]
    [InlineData("ключ 🔑 with blanks")]
    [InlineData("'; drop table queue_requests; --")]
    [InlineData("\\ \" \n \t")]
    public async Task Any_text_is_a_key(string key)
    {
        var first = await Accepted(Api.SubmitText(Body("""{"text":"a"}""", key + _key)));
        var second = await Accepted(Api.SubmitText(Body("""{"text":"a"}""", key + _key)));
        Assert.Equal((first.Token, true), (second.Token, second.Replayed));
        Assert.Equal(1, await RowsOf(key + _key));
    }

    [Fact]
    public async Task A_key_of_255_characters_is_kept()
    {
        var key = string.Concat(Enumerable.Repeat("é", 223)) + _key[..32];
        var first = await Accepted(Api.SubmitText(Body("""{"text":"a"}""", key)));
        Assert.Equal(first.Token, (await Accepted(Api.SubmitText(Body("""{"text":"a"}""", key)))).Token);
    }

    [Fact]
    public async Task Keys_that_differ_in_case_are_different()
    {
        var first = await Accepted(Api.SubmitText(Body("""{"text":"a"}""", _key)));
        Assert.NotEqual(first.Token, (await Accepted(Api.SubmitText(Body("""{"text":"a"}""", _key.ToUpperInvariant())))).Token);
    }

    [Fact]
    public async Task Fifty_parallel_submissions_to_two_processes_make_one_request()
    {
        var second = await cluster.Riq.StartApi();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Accepted((i % 2 == 0 ? Api : second).SubmitText(Body("""{"text":"race"}""", _key)))));
        Assert.Single(answers.Select(a => a.Token).Distinct());
        Assert.Single(answers, a => !a.Replayed);
        Assert.Equal(1, await RowsOf(_key));
        Assert.Equal("completed", (await second.End(answers[0].Token)).Text("status"));
        Assert.Single(cluster.Service.Calls, c => c.Marker == answers[0].Token);
    }

    [Fact]
    public async Task The_same_key_of_another_client_is_another_request()
    {
        await using var riq = await RiqCluster.Create();
        foreach (var client in new[] { "alpha", "beta" })
            riq.With($"ApiKeys:{client}", "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{client}-secret"))));
        var api = await riq.StartApi();
        using var alpha = api.ClientWith("alpha-secret");
        using var beta = api.ClientWith("beta-secret");
        Task<HttpResponseMessage> Submit(HttpClient client, string text) =>
            client.PostAsync(new Uri(Calls.SubmitPath, UriKind.Relative), new StringContent(Body($$"""{"text":"{{text}}"}""", _key), Encoding.UTF8, "application/json"));

        var first = await Accepted(Submit(alpha, "hers"));
        var other = await Accepted(Submit(beta, "his"));
        Assert.NotEqual(first.Token, other.Token);
        Assert.False(other.Replayed);
        var again = await Accepted(Submit(alpha, "hers"));
        Assert.Equal((first.Token, true), (again.Token, again.Replayed));
    }
}
