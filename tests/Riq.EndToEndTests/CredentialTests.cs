using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>Credentials that end or get lost, with real worker processes: nobody fails, and the site is asked no more than it must be.</summary>
public sealed class CredentialTests
{
    const int Requests = 1000;
    const string Alert = "needs a new credential";

    static RiqInstallation WithKey(RiqInstallation riq) => riq.With("Riq__Encryption__Current", "k1").With("Riq__Encryption__Keys__k1", Convert.ToBase64String(new byte[32]));

    static async Task<string[]> SubmitAll(Client client, int count)
    {
        var tokens = new string[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (n, _) => tokens[n] = await client.Submit(Client.CreateTask($"Task {n}"), $"key-{n}"));
        return tokens;
    }

    static async Task<bool> Says(RiqProcess process, string metric) =>
        (await process.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n').Contains(metric);

    static Task<long> Count(RiqInstallation riq, string condition) => riq.Database.Scalar<long>($"select count(*) from queue_requests where {condition}");

    [Fact]
    public async Task An_expired_api_token_makes_a_thousand_requests_wait_with_one_alert_and_a_new_one_completes_them_all()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__Tokens__ApiTokenEnforced", "true").With("Simulator__Tokens__ApiToken", "new-token");
        await riq.StartSimulator();
        WithKey(riq).With("Riq__Services__jira__Auth__Type", "api_token").With("Riq__Services__jira__Auth__User", "riq@example.com").With("Riq__Services__jira__Auth__Secret", "expired")
            .With("Riq__Services__jira__Auth__ProbeInterval", "00:00:03").With("Riq__Services__jira__Concurrency", "16");
        var api = await riq.StartApi();
        var workers = await riq.StartWorkers(3);
        var (client, site) = (new Client(api.Http), new Simulator(riq.Simulator.Http));
        var tokens = await SubmitAll(client, Requests);

        RiqProcess[] processes = [api, .. workers];
        foreach (var process in processes) await Eventually.True(() => Says(process, "riq_needs_reauth{service=\"jira\"} 1"));
        // At least two tries by themselves, and they change nothing.
        await Eventually.True(async () => (await site.Calls()).Count(c => c.Path == "/rest/api/3/myself") >= 2, TimeSpan.FromSeconds(60));
        Assert.Equal(Requests, await Count(riq, "status = 'queued' and retry_count = 0"));
        var waiting = await client.Result(tokens[^1]);
        Assert.Equal(("credentials", "credentials"), (waiting.GetProperty("waiting_for").GetString(), waiting.GetProperty("blocked_by").GetProperty("reason").GetString()));
        var health = await api.Http.GetFromJsonAsync<JsonElement>(new Uri("/health/ready", UriKind.Relative));
        Assert.Equal(("degraded", "jira"), (health.GetProperty("status").GetString(), health.GetProperty("needs_reauth")[0].GetString()));

        using var granted = await api.Http.PostAsJsonAsync(new Uri("/api/queue/services/jira/grant", UriKind.Relative), new { secret = "new-token" });
        Assert.True(granted.IsSuccessStatusCode, await granted.Content.ReadAsStringAsync());
        await Eventually.True(async () => await Count(riq, "status = 'completed'") == Requests, TimeSpan.FromMinutes(2));

        Assert.Equal(0, await Count(riq, "retry_count > 0"));
        Assert.Equal(1, processes.Sum(p => p.Output.Split('\n').Count(line => line.Contains(Alert, StringComparison.Ordinal))));
        foreach (var process in processes) await Eventually.True(() => Says(process, "riq_needs_reauth{service=\"jira\"} 0"));
        var calls = await site.Calls();
        var tries = calls.Where(c => c.Path == "/rest/api/3/myself").Select(c => c.Time).ToArray();
        Assert.All(tries.Zip(tries.Skip(1)), pair => Assert.True(pair.Second - pair.First > TimeSpan.FromSeconds(2), $"Tried {pair.First:O} and {pair.Second:O}."));
        // What was under way when the first was refused, and the tries.
        Assert.InRange(calls.Count(c => c.Status == 401), 1, 3 * 16 + tries.Length);
        var effects = await site.Effects();
        Assert.All(tokens, t => Assert.Single(effects[t]));
    }

    [Fact]
    public async Task Eight_workers_on_one_expiring_grant_with_a_lost_refresh_answer_refresh_once_per_expiry_and_nobody_fails()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__Tokens__Enforced", "true").With("Simulator__Tokens__AccessTokenTtl", "00:00:20").With("Simulator__LatencyScale", "0.05");
        await riq.StartSimulator();
        foreach (var service in new[] { "jira", "confluence" })
            riq.With($"Riq__Services__{service}__Auth__Type", "none").With($"Riq__Services__{service}__Auth__Secret", "").With($"Riq__Services__{service}__Auth__User", "");
        WithKey(riq).With("Riq__Services__jira__Auth__Type", "oauth2_refresh").With("Riq__Services__jira__Auth__TokenUrl", new Uri(riq.Simulator.Address, "/oauth/token").ToString())
            .With("Riq__Services__jira__Auth__ClientId", "app").With("Riq__Services__jira__Auth__ClientSecret", "secret").With("Riq__Services__jira__Auth__RefreshToken", "simulated-refresh-token")
            .With("Riq__Services__jira__Concurrency", "16");
        var api = await riq.StartApi();
        await riq.StartWorkers(8);
        var (client, site) = (new Client(api.Http), new Simulator(riq.Simulator.Http));
        // Cut, not held back: on a busy machine a short limit of time would make slow answers lost ones too.
        await site.AddFault(new { route = "/oauth/token", nth = 2, action = "commit-then-reset" });

        var tokens = new List<string>();
        while (await riq.Database.Scalar<long>("select coalesce(max(generation), 0) from service_grants") < 5)
            tokens.AddRange(await Task.WhenAll(Enumerable.Range(0, 8).Select(n => client.Submit(Client.CreateTask($"Task {n}")))));

        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t)))) Assert.Equal(("completed", 0), (end.GetProperty("status").GetString(), end.GetProperty("retry_count").GetInt32()));
        await site.AssertHolds("one_refresh_per_expiry");
        var refreshes = (await site.Calls()).Count(c => c.Path == "/oauth/token");
        // The first generation is the configured token, each refresh makes another, and one answer was lost.
        Assert.Equal(await riq.Database.Scalar<long>("select generation from service_grants") - 1 + 1, refreshes);
        Assert.Equal(0, (await site.Calls()).Count(c => c.Status == 401));
        Assert.Equal("ok", await riq.Database.Scalar<string>("select state from service_grants"));
    }
}
