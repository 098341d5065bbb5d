using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Results;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Submission;

/// <summary>Submissions that wait for their own end.</summary>
public sealed class SubmitWaitTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    const string Write = """{"operation":"fake.write","payload":{"text":"a"}}""";
    RiqApi Api => cluster.Api;

    [Theory]
    [InlineData("wait=30", "")]
    [InlineData("respond-async; foo=bar, wait=30", "")]
    [InlineData("WAIT=\"30\"", "")]
    [InlineData(null, "?wait=30")]
    public async Task A_submission_that_waits_is_answered_with_the_result(string? prefer, string query)
    {
        using var answer = prefer is null ? await Api.PostText(Calls.SubmitPath + query, Write) : await Api.PostText(Calls.SubmitPath, Write, ("Prefer", prefer));
        var json = await RiqApi.Json(answer);
        Assert.Equal("completed", json.Text("status"));
        Assert.Equal("a", json.GetProperty("result").Text("echo"));
        Assert.StartsWith("ct_", json.Text("consistency_token"), StringComparison.Ordinal);
        Assert.Equal("wait=30", answer.Header("Preference-Applied"));
        Assert.NotNull(answer.Headers.ETag);
    }

    [Theory]
    [InlineData("respond-async")]
    [InlineData("return=minimal, handling=lenient")]
    [InlineData("waiting=5")]
    [InlineData(",;=")]
    public async Task Other_preferences_are_passed_over(string prefer)
    {
        using var answer = await Api.PostText(Calls.SubmitPath, Write, ("Prefer", prefer));
        Assert.Equal("queued", (await RiqApi.Json(answer)).Text("status"));
        Assert.Null(answer.Header("Preference-Applied"));
    }

    [Fact]
    public async Task When_the_time_is_over_the_present_state_is_answered()
    {
        await using var idle = await RiqCluster.Create();
        var api = await idle.StartApi();
        var watch = Stopwatch.StartNew();
        var json = await api.PostText(Calls.SubmitPath + "?wait=1", Write).Json();
        Assert.Equal("queued", json.Text("status"));
        Assert.Equal("worker", json.Text("waiting_for"));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.95, 10);
        Assert.Equal("queued", (await api.PostText(Calls.SubmitPath + "?wait=0", Write).Json()).Text("status"));
    }

    [Fact]
    public async Task A_failure_is_answered_with_its_error()
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.Forbidden, "Not for you.", 403));
        var json = await riq.Api.PostText(Calls.SubmitPath + "?wait=30", Write).Json();
        Assert.Equal("failed", json.Text("status"));
        Assert.Equal(("FORBIDDEN", 403, 1), (json.GetProperty("error").Text("code"), json.GetProperty("error").GetProperty("http_status").GetInt32(), json.GetProperty("error").GetProperty("attempts").GetInt32()));
    }

    [Fact]
    public async Task A_token_reaches_its_client_even_when_Postgres_goes_away_while_it_waits()
    {
        await using var riq = await RiqCluster.Create();
        var api = await riq.StartApi();
        var waiters = api.Host.Services.GetRequiredService<Waiters>();
        var waiting = api.PostText(Calls.SubmitPath + "?wait=2", Write);
        await Eventually.True(() => waiters.Count == 1);
        riq.Postgres.Cut();
        using var answer = await waiting;
        var json = await RiqApi.Json(answer);
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        Assert.Equal("queued", json.Text("status"));
        riq.Postgres.Restore();
        Assert.Equal(json.Text("token"), "req_" + await riq.Database.Scalar<string>("select replace(id::text, '-', '') from queue_requests"));
    }
}
