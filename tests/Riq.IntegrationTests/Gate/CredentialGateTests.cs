using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Tokens;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>While a service refuses the credential its messages lie in RabbitMQ, whatever their number, and one worker a time tries it.</summary>
public sealed class CredentialGateTests
{
    static async Task<RiqCluster> Cluster(string probeInterval = "01:00:00")
    {
        var riq = await RiqCluster.Create();
        riq.With("Services:fake:Auth:Type", "bearer").With("Services:fake:Auth:Secret", "first").With("Services:fake:Auth:ProbeInterval", probeInterval)
            .With("Encryption:Current", "k1").With("Encryption:Keys:k1", Convert.ToBase64String(new byte[32]));
        await riq.StartApi();
        return riq;
    }

    static TokenManager Tokens(WebApplication worker) => worker.Services.GetRequiredService<TokenManager>();

    /// <summary>What an adapter does when the service refuses the credential of a call.</summary>
    static async Task Refuse(WebApplication worker) =>
        Assert.True((await Tokens(worker).Refused("fake", (await Tokens(worker).Authorization("fake", default))!, again: false, default)).NeedsAnother);

    [Fact]
    public async Task Every_worker_stops_and_a_new_grant_starts_all_of_them()
    {
        await using var riq = await Cluster();
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker("worker-2") };
        await Refuse(workers[0]);
        await Eventually.True(() => workers.All(w => w.HasStopped()));

        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => riq.Api.Submit(text: $"n{i}", more: new { max_retries = 0 })));
        var broker = workers[0].Services.GetRequiredService<Engine.Outbox.BrokerPublisher>();
        await Eventually.True(async () => await broker.CountReady("riq.fake.normal") == 40);
        var waiting = await riq.Api.Result(tokens[0]);
        Assert.Equal(("queued", "credentials", "credentials"), (waiting.GetProperty("status").GetString(), waiting.GetProperty("waiting_for").GetString(), waiting.GetProperty("blocked_by").GetProperty("reason").GetString()));
        Assert.True(waiting.GetProperty("blocked_by").TryGetProperty("until", out _));
        var service = (await RiqApi.Json(await riq.Api.Get("/api/queue/services"))).GetProperty("items")[0];
        Assert.True(service.GetProperty("credentials").GetProperty("needs_reauth").GetBoolean());
        Assert.Empty(riq.Service.Calls);
        Assert.Empty(riq.Service.Probes);

        await riq.Post("grant", new { secret = "second" });
        await riq.AllComplete(tokens);
        Assert.Equal(0, await riq.Database.Scalar<long>("select sum(deferrals)::bigint from queue_requests"));
        Assert.Empty(riq.Service.Probes);
        Assert.Equal("Bearer second", (await Tokens(workers[1]).Authorization("fake", default))!.ToString());
    }

    [Fact]
    public async Task One_worker_tries_the_credential_and_its_success_ends_the_wait_of_both()
    {
        await using var riq = await Cluster("00:00:01");
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker("worker-2") };
        var taken = false;
        riq.Service.ProbeAnswer = async _ =>
        {
            var mayTry = await Task.WhenAll(workers.Select(async w =>
            {
                try { return (Worker: w, Header: await Tokens(w).Authorization("fake", default)); }
                catch (CredentialUnavailableException) { return (w, null); }
            }));
            foreach (var (worker, header) in mayTry.Where(t => t.Header is not null))
                if (Volatile.Read(ref taken)) Tokens(worker).Accepted("fake", header!); else await Tokens(worker).Refused("fake", header!, again: false, default);
            return Volatile.Read(ref taken) ? FakeService.Ok(System.Text.Json.JsonSerializer.SerializeToElement(new { text = "" })) : FakeService.Fail(ErrorCodes.AuthFailed, status: 401);
        };
        await Refuse(workers[0]);
        await Eventually.True(() => workers.All(w => w.Knows()?.Credentials is not null));
        var token = await riq.Api.Submit();
        await Eventually.True(() => riq.Service.Probes.Count >= 3);
        // One a second, not one a second and worker.
        Assert.All(riq.Service.Probes.Zip(riq.Service.Probes.Skip(1)), pair => Assert.True(pair.Second - pair.First > TimeSpan.FromSeconds(0.5), $"{pair}"));
        Assert.Empty(riq.Service.Calls);

        Volatile.Write(ref taken, true);
        await riq.AllComplete([token]);
        await Eventually.True(() => !workers.Any(w => w.HasStopped()));
        Assert.Equal("ok", await riq.Database.Scalar<string>("select state from service_grants"));
    }

    [Fact]
    public async Task A_worker_that_starts_with_another_configured_credential_goes_on_with_it_at_once()
    {
        await using var riq = await Cluster();
        var worker = await riq.StartWorker();
        await Refuse(worker);
        await Eventually.True(() => worker.HasStopped());
        await riq.Stop(worker);
        var token = await riq.Api.Submit();
        riq.With("Services:fake:Auth:Secret", "second");
        await riq.StartWorker("worker-2");
        await riq.AllComplete([token]);
        Assert.Equal("ok", await riq.Database.Scalar<string>("select state from service_grants"));
    }

    [Fact]
    public async Task A_trial_that_could_say_nothing_leaves_the_circuit_open()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        await riq.StartWorker();
        riq.Service.ProbeAnswer = _ => Task.FromResult(riq.Service.Probes.Count == 1 ? FakeService.Fail(ErrorCodes.AuthFailed) : AdapterResult<System.Text.Json.JsonElement>.Ok(default));
        riq.Service.Fails();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => riq.Api.Submit("fake.read", $"n{i}", new { max_retries = 20 })));
        await Eventually.True(async () => await riq.Circuit() == "open");
        riq.Service.Works();
        await riq.AllComplete(tokens);
        Assert.Equal(2, riq.Service.Probes.Count);
    }

    [Fact]
    public async Task A_paused_service_is_not_tried_until_it_is_resumed()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit(openFor: "00:00:00.500");
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await riq.Post("pause");
        await Eventually.True(() => worker.Knows()?.Paused is not null);
        await riq.Post("circuit", new { state = "open" });
        await riq.Post("circuit", new { state = "auto" });
        await Eventually.True(() => worker.Knows() is { Circuit.OpenUntil: { } until, Now: var now } && now > until.AddSeconds(1));
        Assert.Empty(riq.Service.Probes);
        await riq.Post("resume");
        await Eventually.True(async () => await riq.Circuit() == "closed");
        Assert.Single(riq.Service.Probes);
    }
}
