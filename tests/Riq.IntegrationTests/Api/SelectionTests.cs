using System.Net;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Api;

/// <summary>What is done to requests that somebody has picked.</summary>
public sealed class SelectionTests : IAsyncLifetime
{
    const string Path = "/api/queue/requests";

    RiqCluster _riq = null!;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        await _riq.StartApi();
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    async Task<(string? Token, string? Status, int? Problem)[]> Done(string action, params string[] tokens)
    {
        using var answer = await _riq.Api.Post($"{Path}/{action}", new { tokens });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return [.. (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray().Select(i =>
            (i.Text("token"), i.TryGetProperty("status", out var s) ? s.GetString() : null, i.TryGetProperty("problem", out var p) ? p.GetProperty("status").GetInt32() : (int?)null))];
    }

    [Fact]
    public async Task Each_is_cancelled_or_says_why_not_in_the_order_asked()
    {
        var tokens = new[] { await _riq.Api.Submit(), await _riq.Api.Submit(), $"req_{Guid.CreateVersion7():N}" };
        await Done("cancel", tokens[1]);
        Assert.Equal([(tokens[0], "failed", null), (tokens[1], "failed", 409), (tokens[2], null, 404)], await Done("cancel", tokens));
        Assert.Equal(2, await _riq.Database.Scalar<long>("select count(*) from request_events where event = 'cancelled'"));
    }

    [Fact]
    public async Task The_dead_and_failed_run_again_and_an_unknown_outcome_does_not()
    {
        await _riq.StartWorker();
        var down = true;
        _riq.Service.Answer = (call, _) => Task.FromResult(down ? FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503) : FakeService.Ok(call.Payload));
        var tokens = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            tokens.Add(await _riq.Api.Submit("fake.safe_write", more: new { max_retries = 0 }));
            Assert.Equal("dead", (await _riq.Api.End(tokens[i])).Text("status"));
        }
        await _riq.Database.Execute("""update queue_requests set error = error || '{"details":{"outcome":"unknown"}}' where token = $1""", tokens[0]);
        down = false;
        var done = await Done("retry", [.. tokens]);
        Assert.Equal((tokens[0], "dead", 409), done[0]);
        Assert.All(done.Skip(1), d => Assert.Null(d.Problem));
        foreach (var token in tokens.Skip(1)) Assert.Equal("completed", (await _riq.Api.End(token)).Text("status"));
        Assert.Equal(11, await _riq.Database.Scalar<long>("select count(*) from audit_entries where action = 'retry_requested'"));
    }

    [Theory]
    [InlineData("{}"), InlineData("""{"tokens":[]}"""), InlineData("""{"tokens":["x"]}"""), InlineData("""{"tokens":"req_0"}"""), InlineData("[]")]
    [InlineData("""{"tokens":["\ud800"]}""")]
    [InlineData("""{"tokens":["req_0197e5c1d2f77000800000000000000a","req_0197e5c1d2f77000800000000000000a"]}""")]
    public async Task What_names_no_requests_is_refused(string body) => await Refusal.Of(_riq.Api.PostText($"{Path}/cancel", body), HttpStatusCode.BadRequest);

    [Fact]
    public async Task More_than_200_are_not_taken()
    {
        var tokens = Enumerable.Range(0, 201).Select(_ => $"req_{Guid.CreateVersion7():N}");
        await Refusal.Of(_riq.Api.Post($"{Path}/retry", new { tokens }), HttpStatusCode.BadRequest);
    }
}
