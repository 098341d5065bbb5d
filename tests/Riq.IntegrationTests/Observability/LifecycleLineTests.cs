using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Observability;

/// <summary>The line that every change of a request's state leaves, as whoever reads the processes' output sees it.</summary>
public sealed partial class LifecycleLineTests
{
    [GeneratedRegex(@"\[QUEUE\] Token: (?<token>req_[0-9a-f]{32}) Status: (?<status>Queued|Processing|Completed|Failed|Dead) Duration: [0-9]+\.[0-9]{1,3}s$")]
    private static partial Regex Line();

    static readonly string[] Facts = ["Token", "Operation", "Service", "Priority", "Status", "Attempt", "DurationMs", "TraceId"];

    [Fact]
    public async Task Every_change_of_state_leaves_one_line_to_the_letter_and_the_same_facts_as_properties()
    {
        await using var service = (await Riq.IntegrationTests.Adapters.FakeService.Start())
            .On("GET", "/rest/api/3/issue/MD-1", 200, """{"id":"10001","key":"MD-1","fields":{"summary":"One"}}""")
            .On("GET", "/rest/api/3/issue/MD-2", 503).On("GET", "/rest/api/3/issue/MD-2", 404);
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__Logging__Level", "Information").With("Riq__Services__jira__BaseUrl", service.Url).With("Riq__Services__jira__Auth__Type", "none").With("Riq__Services__jira__RetryBaseDelay", "00:00:00.050");
        var api = await riq.StartApi();
        riq.With("Riq__Logging__Json", "true");
        var worker = await riq.StartWorker();
        var (good, bad) = (await Submit(api, "MD-1"), await Submit(api, "MD-2"));

        await Eventually.True(() => Lines(worker, good).Count == 2 && Lines(worker, bad).Count == 4);
        Assert.Equal(["Queued"], api.Output.Split('\n').Select(l => Line().Match(l)).Where(m => m.Success && m.Groups["token"].Value == good).Select(m => m.Groups["status"].Value));
        Assert.Equal(["Processing after queued", "Completed after processing"], Lines(worker, good).Select(Change));
        Assert.Equal(["Processing after queued", "Queued after processing", "Processing after queued", "Failed after processing"], Lines(worker, bad).Select(Change));
        Assert.Equal("NOT_FOUND", Lines(worker, bad)[3].GetProperty("ErrorCode").GetString());
        foreach (var line in Lines(worker, good).Concat(Lines(worker, bad)))
        {
            Assert.All(Facts, f => Assert.True(line.TryGetProperty(f, out _), $"{f} is missing in {line}"));
            Assert.Equal(("jira.get_task", "jira", "normal"), (line.GetProperty("Operation").GetString(), line.GetProperty("Service").GetString(), line.GetProperty("Priority").GetString()));
        }
    }

    static string Change(JsonElement line) => $"{line.GetProperty("Status").GetString()} after {line.GetProperty("PreviousStatus").GetString()}";

    // Compact JSON: @mt is the template.
    static List<JsonElement> Lines(RiqProcess process, string token) =>
    [
        .. from line in process.Output.Split('\n')
           where line.StartsWith('{') && line.Contains("[QUEUE]", StringComparison.Ordinal) && line.Contains(token, StringComparison.Ordinal)
           select JsonSerializer.Deserialize<JsonElement>(line),
    ];

    static async Task<string> Submit(RiqProcess api, string task)
    {
        using var answer = await api.Http.PostAsJsonAsync(new Uri("/api/queue/submit", UriKind.Relative), new { operation = "jira.get_task", payload = new { task_id = task }, fresh = true });
        return (await RiqApi.Json(answer)).GetProperty("token").GetString()!;
    }
}
