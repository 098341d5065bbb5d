using System.Text.Json;
using System.Text.RegularExpressions;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Observability;

/// <summary>What a real Prometheus reads, and that rules, dashboard and runbook speak of the same things.</summary>
[Collection(AloneCollection.Name)]
public sealed partial class PrometheusTests
{
    [Fact]
    public async Task A_real_Prometheus_reads_API_and_worker_and_alarms_when_one_is_gone()
    {
        await using var riq = await RiqCluster.Create();
        var api = await riq.StartApi();
        var worker = await riq.StartWorker();
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() == "bad" ? FakeService.Fail(ErrorCodes.Forbidden, "No.", 403) : FakeService.Ok(call.Payload));
        await riq.Api.End(await riq.Api.Submit());
        await riq.Api.End(await riq.Api.Submit(text: "bad"));
        await using var prometheus = await RunningPrometheus.Start(("riq-api", api.Http.BaseAddress!), ("riq-consumers", worker.Address()));

        await Eventually.Value(() => prometheus.Query("up", "job"), up => up is { Count: 2 } && up.Values.All(v => v == 1));
        var ended = await Eventually.Value(() => prometheus.Query("sum by (status) (riq_requests_total{service=\"fake\",job=\"riq-consumers\"})", "status"), e => e.Count >= 2);
        Assert.True(ended["completed"] >= 1 && ended["failed"] >= 1);
        Assert.True((await prometheus.Query("riq_queue_depth{service=\"fake\",job=\"riq-consumers\"}", "priority")).Keys.ToHashSet().SetEquals(["high", "normal", "low"]));
        Assert.Equal(1, (await prometheus.Query("min by (service) (riq_circuit_breaker_status{service=\"fake\"})", "service"))["fake"]);
        // Gauges of other tests' services stand still in this process.
        Assert.Empty(await prometheus.Query("max by (alertname) (ALERTS{alertstate=\"firing\",service=~\"|fake\"})", "alertname"));
        var names = await prometheus.Names();
        foreach (var name in Named(await File.ReadAllTextAsync(Path.Combine(Tool.Infra, "prometheus", "rules.yml"))).Except(ShownOnlyWhenNeeded)) Assert.Contains(name, names);

        await riq.Stop(worker);
        await Eventually.Value(() => prometheus.Query("max by (alertname) (ALERTS{alertstate=\"pending\"})", "alertname"), a => a.ContainsKey("RiqNobodyWorks") && a.ContainsKey("RiqProcessDown"));
    }

    // Series that exist from the first event on.
    static readonly string[] ShownOnlyWhenNeeded = ["riq_needs_reauth", "riq_error_queue_messages", "riq_sweeper_last_success_timestamp_seconds"];

    [Theory]
    [InlineData("check rules rules.yml"), InlineData("test rules rules.test.yml"), InlineData("check config prometheus.yml"), InlineData("check config prometheus-docker.yml")]
    public async Task Promtool_finds_no_fault(string command)
    {
        var words = command.Split(' ');
        var (code, output) = await Tool.Run("promtool", [.. words[..^1], Path.Combine(Tool.Infra, "prometheus", words[^1])]);
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Every_alert_has_its_section_in_the_runbook_and_a_unit_test()
    {
        var rules = await File.ReadAllTextAsync(Path.Combine(Tool.Infra, "prometheus", "rules.yml"));
        var tests = await File.ReadAllTextAsync(Path.Combine(Tool.Infra, "prometheus", "rules.test.yml"));
        var sections = (await File.ReadAllLinesAsync(Path.Combine(Tool.Repository, "docs", "runbook.md"))).Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..]).ToHashSet();
        var alerts = Alert().Matches(rules).Select(m => m.Groups[1].Value).ToArray();
        Assert.NotEmpty(alerts);
        foreach (var alert in alerts)
        {
            Assert.Contains(alert, sections);
            Assert.Contains($"docs/runbook.md#{alert.ToLowerInvariant()}", rules, StringComparison.Ordinal);
            Assert.Contains($"alertname: {alert}\n", tests, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_dashboard_shows_only_metrics_that_RIQ_has()
    {
        var source = string.Concat(Directory.EnumerateFiles(Path.Combine(Tool.Repository, "src", "Riq.Engine"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Tool.Infra, "grafana", "riq.json")));
        var shown = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _))
            .SelectMany(p => p.GetProperty("targets").EnumerateArray()).SelectMany(t => Named(t.GetProperty("expr").GetString()!)).ToHashSet();
        Assert.True(shown.Count > 15);
        Assert.All(shown, name => Assert.Contains($"\"{Series().Replace(name, "")}\"", source, StringComparison.Ordinal));
    }

    static IEnumerable<string> Named(string text) => Metric().Matches(text).Select(m => m.Value).Distinct();

    [GeneratedRegex("riq_[a-z_]+")] private static partial Regex Metric();
    [GeneratedRegex("_(bucket|count|sum)$")] private static partial Regex Series();
    [GeneratedRegex("- alert: (\\w+)")] private static partial Regex Alert();
}
