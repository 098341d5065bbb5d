using System.Net;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Reads;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Order;

/// <summary><c>POST /api/queue/requests/{token}/retry?with_dependents=</c>.</summary>
public sealed class RetryWithDependentsTests
{
    /// <summary>A dead letter, two requests behind it in a row, and one that also waits for something that has failed by itself.</summary>
    static async Task<(RiqCluster Riq, string Dead, string Child, string Grandchild, string Other)> AllFailed()
    {
        var riq = await RiqCluster.Start();
        var broken = true;
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() switch
        {
            "never" => FakeService.Fail(ErrorCodes.ValidationError, status: 400),
            "parent" when Volatile.Read(ref broken) => FakeService.Fail(ErrorCodes.ServiceUnavailable, status: 408),
            _ => FakeService.Ok(call.Payload),
        });
        var dead = await riq.Api.Submit(text: "parent", more: new { max_retries = 0 });
        Assert.Equal("dead", (await riq.Api.End(dead)).Status());
        Volatile.Write(ref broken, false);
        // Submitted behind what has ended: they fail at once, like those that were there before.
        var child = await riq.Api.Submit(text: "of $result.echo", more: new { depends_on = new[] { dead } });
        var grandchild = await riq.Api.Submit(text: "of ($result.echo)", more: new { depends_on = new[] { child } });
        var never = await riq.Api.Submit(text: "never");
        await riq.Api.End(never);
        var other = await riq.Api.Submit(text: "other", more: new { depends_on = new[] { dead, never } });
        foreach (var token in new[] { child, grandchild, other })
            Assert.Equal("DEPENDENCY_FAILED", (await riq.Api.End(token)).GetProperty("error").GetProperty("code").GetString());
        return (riq, dead, child, grandchild, other);
    }

    [Fact]
    public async Task With_dependents_all_that_failed_because_of_it_runs_again_after_it_in_order()
    {
        var (riq, dead, child, grandchild, other) = await AllFailed();
        await using var _ = riq;
        using var answer = await riq.Api.Post($"/api/queue/requests/{dead}/retry?with_dependents=true", new { });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("of (of parent)", (await riq.Api.End(grandchild)).GetProperty("result").GetProperty("echo").GetString());
        Assert.Equal([dead, child, grandchild], riq.Service.Calls.Where(c => c.Payload.GetProperty("text").GetString() is not "never").Skip(1).Select(c => c.Marker));
        // It waits for something else that has failed.
        Assert.Equal("failed", await riq.Api.Status(other));
    }

    [Fact]
    public async Task Without_them_only_it_runs_and_they_can_follow_later()
    {
        var (riq, dead, child, grandchild, _) = await AllFailed();
        await using var __ = riq;
        // What it waits for has not succeeded.
        Assert.Equal(HttpStatusCode.Conflict, (await riq.Api.Post($"/api/queue/requests/{child}/retry", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await riq.Api.Post($"/api/queue/requests/{dead}/retry", new { })).StatusCode);
        Assert.Equal("completed", (await riq.Api.End(dead)).Status());
        Assert.Equal(("failed", "failed"), (await riq.Api.Status(child), await riq.Api.Status(grandchild)));
        // It has completed by now: only those behind it run.
        Assert.Equal(HttpStatusCode.OK, (await riq.Api.Post($"/api/queue/requests/{dead}/retry?with_dependents=true", new { })).StatusCode);
        Assert.Equal("completed", (await riq.Api.End(grandchild)).Status());
        Assert.Equal(2, riq.Service.Calls.Count(c => c.Marker == dead));
        Assert.Equal(HttpStatusCode.Conflict, (await riq.Api.Post($"/api/queue/requests/{grandchild}/retry?with_dependents=true", new { })).StatusCode);
    }

    [Theory]
    [InlineData("?with_dependents=maybe", HttpStatusCode.BadRequest)]
    [InlineData("?with_dependants=true", HttpStatusCode.BadRequest)]
    [InlineData("?with_dependents=true", HttpStatusCode.NotFound)]
    public async Task A_question_that_is_wrong_is_told_so(string query, HttpStatusCode status)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        Assert.Equal(status, (await riq.Api.Post($"/api/queue/requests/req_{Guid.NewGuid():N}/retry{query}", new { })).StatusCode);
    }
}
