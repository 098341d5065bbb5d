using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Sweepers;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.DeadLetters;

/// <summary>What becomes of dead letters that nobody decides about.</summary>
public sealed class TierTests : IAsyncLifetime
{
    RiqCluster _riq = null!;

    public async Task InitializeAsync() => _riq = await RiqCluster.Create();

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    Task<long> Count(string where) => _riq.Database.Scalar<long>($"select count(*) from queue_requests where {where}");

    Task<int> Age(string token, double days) => _riq.Database.Execute("update queue_requests set completed_at = now() - $2 * interval '1 day' where token = $1", token, days);

    /// <summary>A request that ended dead by this error, without a retry.</summary>
    async Task<string> Dead(string code = ErrorCodes.ServiceUnavailable, string operation = "fake.read", bool unclear = false)
    {
        _riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(code, "Away.", 503, unclear: unclear));
        var token = await _riq.Api.Submit(operation, "a", new { max_retries = 0 });
        Assert.Equal("dead", (await _riq.Api.End(token)).Text("status"));
        return token;
    }

    async Task CloseAgain()
    {
        foreach (var state in new[] { "open", "closed", "auto" })
            using (var answer = await _riq.Api.PostText("/api/queue/services/fake/circuit", $$"""{"state":"{{state}}"}""")) Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task When_the_circuit_closes_again_what_died_of_the_outage_is_retried_twice_at_most()
    {
        await _riq.StartWorker();
        await _riq.StartApi();
        var outage = await Dead();
        var broken = await Dead(ErrorCodes.Internal);
        var unknown = await Dead(operation: "fake.write", unclear: true);
        var old = await Dead();
        await Age(old, 1.1);
        for (var round = 1; round <= 3; round++)
        {
            await CloseAgain();
            var expected = Math.Min(round, 2) + 1;
            await Eventually.True(async () => await _riq.Database.Scalar<long>("select count(*) from request_attempts a join queue_requests r on r.id = a.request_id where r.token = $1 and r.status = 'dead'", outage) == expected);
        }
        // A third closing finds nothing to do; when a later letter has been retried, the sweep has passed the older one by.
        var later = await Dead();
        await CloseAgain();
        await Eventually.True(async () => await _riq.Database.Scalar<long>("select count(*) from request_attempts a join queue_requests r on r.id = a.request_id where r.token = $1", later) >= 2);
        foreach (var (token, attempts) in new[] { (outage, 3), (broken, 1), (unknown, 1), (old, 1) })
            Assert.Equal(attempts, await _riq.Database.Scalar<long>("select count(*) from request_attempts a join queue_requests r on r.id = a.request_id where r.token = $1", token));
        Assert.Equal(0, await _riq.Database.Scalar<long>("select count(*) from audit_entries where action = 'retry_requested'"));

        var last = await Dead();
        _riq.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        await CloseAgain();
        await Eventually.True(async () => await _riq.Api.Status(last) == "completed");
    }

    [Fact]
    public async Task A_day_later_a_webhook_is_told_once_however_often_it_fails_before()
    {
        var told = new ConcurrentQueue<string>();
        var refusals = 2;
        await using var hook = Hook(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            if (Interlocked.Decrement(ref refusals) >= 0) http.Response.StatusCode = 500;
            else told.Enqueue(body);
        });
        await hook.StartAsync();
        _riq.With("DeadLetters:WebhookUrl", hook.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/hook");
        await _riq.StartWorker();
        await _riq.StartApi();
        string[] tokens = [await Dead(), await Dead()];
        foreach (var token in tokens) await Age(token, 1.1);
        await Eventually.True(() => Task.FromResult(!told.IsEmpty));
        // One more that is told of shows that the sweep has passed the others by.
        var third = await Dead();
        await Age(third, 1.1);
        await Eventually.True(() => Task.FromResult(told.Any(t => t.Contains(third, StringComparison.Ordinal))));
        foreach (var token in tokens) Assert.Single(told, t => t.Contains(token, StringComparison.Ordinal));
        Assert.All(told, t => Assert.Equal("dead_letters.escalated", JsonSerializer.Deserialize<JsonElement>(t).Text("type")));
        var listed = (await RiqApi.Json(await _riq.Api.Get("/api/queue/dead-letters?tier=2"))).GetProperty("items").EnumerateArray();
        Assert.All(listed, i => Assert.True(i.TryGetProperty("escalated_at", out _)));
    }

    [Fact]
    public async Task After_three_days_it_is_archived_still_retryable_and_goes_after_ninety()
    {
        var folder = Directory.CreateTempSubdirectory("riq-archive-");
        try
        {
            _riq.With("DeadLetters:ArchiveFolder", folder.FullName);
            await _riq.StartWorker();
            await _riq.StartApi();
            var (retried, forgotten, young) = (await Dead(), await Dead(), await Dead());
            await Age(retried, 3.1);
            await Age(forgotten, 3.1);
            await Eventually.True(async () => await _riq.Database.Scalar<long>("select count(*) from dead_letter_care where archived_at is not null") == 2);
            var lines = folder.GetFiles("*.jsonl.gz").SelectMany(Lines).ToArray();
            Assert.Equal(new[] { retried, forgotten }.Order(), lines.Select(l => l.Text("token")!).Order());
            Assert.All(lines, l => Assert.Equal((1, "SERVICE_UNAVAILABLE"), (l.GetProperty("attempts").GetArrayLength(), l.GetProperty("error").Text("code"))));

            await Age(forgotten, 91);
            await Age(young, 2.9);
            await Eventually.True(async () => await Count("status = 'dead'") == 2);
            Assert.Equal(0, await _riq.Database.Scalar<long>("select count(*) from dead_letter_care d where not exists (select from queue_requests r where r.id = d.request_id)"));
            _riq.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
            using (var answer = await _riq.Api.Send(HttpMethod.Post, $"/api/queue/dead-letters/{retried}/retry")) Assert.True(answer.IsSuccessStatusCode);
            Assert.Equal("completed", (await _riq.Api.End(retried)).Text("status"));
        }
        finally { folder.Delete(recursive: true); }
    }

    [Fact]
    public async Task Without_an_archive_nothing_is_ever_deleted()
    {
        var worker = await _riq.StartWorker();
        await _riq.StartApi();
        var token = await Dead();
        await Age(token, 400);
        await worker.Services.GetServices<ISweeper>().Single(s => s.Name == "archive").Sweep(TimeSpan.FromDays(1), default);
        Assert.Equal("dead", await _riq.Api.Status(token));
    }

    static IEnumerable<JsonElement> Lines(FileInfo file)
    {
        using var reader = new StreamReader(new GZipStream(file.OpenRead(), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line) yield return JsonSerializer.Deserialize<JsonElement>(line);
    }

    static WebApplication Hook(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/hook", answer);
        return app;
    }
}
