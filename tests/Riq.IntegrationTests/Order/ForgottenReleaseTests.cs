using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Reads;

namespace Riq.IntegrationTests.Order;

/// <summary>The end of what others wait for was stored without them, as only a restored row or a mistake can: the sweeper lets them go.</summary>
public sealed class ForgottenReleaseTests
{
    // Nobody of RIQ hears of it.
    const string EndAlone = "update queue_requests set status = $2, result = '{\"echo\":\"restored\"}', completed_at = now(), lane_seq = null, version = version + 1 where token = $1";

    [Fact]
    public async Task A_request_whose_dependency_has_completed_unseen_runs_and_one_whose_dependency_has_failed_fails_with_all_behind_it()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var parents = new[] { await riq.Api.Submit(text: "completed"), await riq.Api.Submit(text: "dead") };
        var children = await Task.WhenAll(parents.Select(p => riq.Api.Submit(text: "$result.echo", more: new { depends_on = new[] { p } })));
        var behind = await riq.Api.Submit(text: "behind", more: new { depends_on = new[] { children[1] } });
        await riq.Database.Execute(EndAlone, parents[0], "completed");
        await riq.Database.Execute(EndAlone, parents[1], "dead");
        await riq.StartWorker();

        Assert.Equal("restored", (await riq.Api.End(children[0])).GetProperty("result").GetProperty("echo").GetString());
        foreach (var token in new[] { children[1], behind })
            Assert.Equal("DEPENDENCY_FAILED", (await riq.Api.End(token)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal([children[0]], riq.Service.Calls.Select(c => c.Marker));
    }

    [Fact]
    public async Task A_lane_whose_head_has_left_unseen_moves_on_in_its_order()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var tokens = new List<string>();
        for (var n = 0; n < 4; n++) tokens.Add(await riq.Api.Submit("fake.update", more: new { payload = new { text = $"{n}", entity = "one" } }));
        await riq.Database.Execute(EndAlone, tokens[0], "completed");
        await riq.StartWorker();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).Status());
        Assert.Equal(tokens.Skip(1), riq.Service.Calls.Select(c => c.Marker));
    }

    [Fact]
    public async Task A_released_request_whose_command_is_lost_gets_another()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var parent = await riq.Api.Submit(text: "parent");
        var child = await riq.Api.Submit(text: "child", more: new { depends_on = new[] { parent } });
        // Released, as the transaction of its parent's end does it, but for the row in the outbox.
        await riq.Database.Execute(EndAlone, parent, "completed");
        await riq.Database.Execute("update request_dependencies set done = true");
        await riq.Database.Execute("update queue_requests set ready = true, pending_dependencies = 0, waiting_for = null, sent_at = now(), version = version + 1 where token = $1", child);
        await riq.StartWorker();
        Assert.Equal("completed", (await riq.Api.End(child)).Status());
    }
}
