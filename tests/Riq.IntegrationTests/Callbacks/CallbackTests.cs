using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Callbacks;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Callbacks;

/// <summary>Callbacks against real receivers: signed, tried until taken, and never sent where they must not go.</summary>
public sealed class CallbackTests
{
    static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(n => (byte)n)];
    static readonly string SecretText = "whsec_" + Convert.ToBase64String(Secret);

    [Fact]
    public async Task A_receiver_that_fails_five_times_and_then_works_gets_it_once_with_a_valid_signature()
    {
        await using var receiver = new CallbackReceiver { Answer = n => Task.FromResult(n <= 5 ? "500 Oops\r\nContent-Length: 0\r\n\r\n" : "204 No Content\r\n\r\n") };
        await using var riq = await Start();
        var token = await riq.Api.Submit(more: new { callback_url = receiver.Url, idempotency_key = "order-7" });
        await Eventually.True(async () => await State(riq, token) == "delivered");

        Assert.Equal(6, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(r => r.Headers["webhook-id"]).Distinct());
        Assert.Single(receiver.Received.Select(r => r.Body).Distinct());
        foreach (var delivery in receiver.Received)
        {
            var sent = long.Parse(delivery.Headers["webhook-timestamp"], CultureInfo.InvariantCulture);
            Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(sent), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(5));
            Assert.Equal("v1," + await OpenSsl($"{delivery.Headers["webhook-id"]}.{sent}.{delivery.Body}"), delivery.Headers["webhook-signature"]);
            Assert.Equal("application/json", delivery.Headers["content-type"]);
        }
        var body = JsonSerializer.Deserialize<JsonElement>(receiver.Received[5].Body);
        Assert.Equal(("request.completed", token, "completed", "order-7"), (body.Text("type"), body.GetProperty("data").Text("token"), body.GetProperty("data").Text("status"), body.GetProperty("data").Text("idempotency_key")));
        Assert.True(JsonElement.DeepEquals((await riq.Api.Result(token)).GetProperty("result"), body.GetProperty("data").GetProperty("result")));

        var detail = await riq.Api.Detail(token);
        Assert.Equal(["callback_failed", "callback_failed", "callback_failed", "callback_failed", "callback_failed", "callback_delivered"],
            detail.GetProperty("timeline").EnumerateArray().Select(t => t.Text("event")!).Where(e => e.StartsWith("callback", StringComparison.Ordinal)));
        Assert.Equal(("delivered", 6), (detail.GetProperty("callback").Text("status"), detail.GetProperty("callback").GetProperty("deliveries").GetInt32()));
    }

    [Fact]
    public async Task Only_2xx_is_success_redirects_are_not_followed_and_410_stops()
    {
        await using var elsewhere = new CallbackReceiver();
        await using var receiver = new CallbackReceiver
        {
            Answer = n => Task.FromResult(n switch { 1 => $"307 Elsewhere\r\nLocation: {elsewhere.Url}\r\nContent-Length: 0\r\n\r\n", 2 => $"302 Elsewhere\r\nLocation: {elsewhere.Url}\r\nContent-Length: 0\r\n\r\n", _ => "410 Gone\r\nContent-Length: 0\r\n\r\n" }),
        };
        await using var riq = await Start();
        var token = await riq.Api.Submit(more: new { callback_url = receiver.Url });
        await Eventually.True(async () => await State(riq, token) == "gone");
        Assert.Equal(3, receiver.Received.Count);
        Assert.Empty(elsewhere.Received);
    }

    [Fact]
    public async Task Each_end_is_told_and_one_that_was_overtaken_is_not()
    {
        await using var receiver = new CallbackReceiver { Answer = _ => Task.FromResult("503 Later\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n") };
        await using var riq = await Start();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable));
        var token = await riq.Api.Submit(more: new { callback_url = receiver.Url, max_retries = 0 });
        await Eventually.True(() => receiver.Received.Count == 1);
        Assert.Equal("request.dead", JsonSerializer.Deserialize<JsonElement>(receiver.Received[0].Body).Text("type"));

        receiver.Answer = _ => Task.FromResult("200 OK\r\nContent-Length: 0\r\n\r\n");
        riq.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        using (var retried = await riq.Api.Send(HttpMethod.Post, $"/api/queue/dead-letters/{token}/retry")) Assert.Equal(HttpStatusCode.OK, retried.StatusCode);
        await Eventually.True(async () => (await States(riq)).SequenceEqual(["superseded", "delivered"]));
        Assert.Equal(["request.dead", "request.completed"], receiver.Received.Select(r => JsonSerializer.Deserialize<JsonElement>(r.Body).Text("type")));
    }

    [Fact]
    public async Task It_can_be_delivered_again_with_the_same_id()
    {
        await using var receiver = new CallbackReceiver();
        await using var riq = await Start();
        var held = new HeldCalls(riq.Service);
        var token = await riq.Api.Submit(more: new { callback_url = receiver.Url });
        var without = await riq.Api.Submit();
        var replay = $"/api/queue/requests/{token}/callback/replay";
        Assert.Equal(HttpStatusCode.Conflict, await riq.Api.Post(replay, new { }).Code());   // it has not ended
        held.Release();
        await riq.Api.End(without);
        await Eventually.True(async () => await State(riq, token) == "delivered");
        Assert.Equal(HttpStatusCode.NoContent, await riq.Api.Post(replay, new { }).Code());
        await Eventually.True(() => receiver.Received.Count == 2);
        Assert.Single(receiver.Received.Select(r => r.Headers["webhook-id"]).Distinct());
        var listed = (await riq.Api.Get("/api/queue/callbacks?status=delivered").Json()).GetProperty("items").EnumerateArray().Single();
        Assert.Equal((token, receiver.Url, "completed"), (listed.Text("token"), listed.Text("url"), listed.Text("request_status")));
        Assert.Empty((await riq.Api.Get("/api/queue/callbacks?status=failed").Json()).GetProperty("items").EnumerateArray());
        Assert.Equal(HttpStatusCode.BadRequest, await riq.Api.Get("/api/queue/callbacks?status=lost&cursor=1").Code());
        Assert.Equal(HttpStatusCode.Conflict, await riq.Api.Post($"/api/queue/requests/{without}/callback/replay", new { }).Code());
        Assert.Equal(HttpStatusCode.NotFound, await riq.Api.Post("/api/queue/requests/req_00000000000000000000000000000000/callback/replay", new { }).Code());
    }

    [Fact]
    public async Task A_worker_that_is_cut_off_in_the_middle_costs_a_second_delivery_and_not_the_callback()
    {
        var answering = new TaskCompletionSource<string>();
        await using var receiver = new CallbackReceiver { Answer = n => n == 1 ? answering.Task : Task.FromResult("200 OK\r\nContent-Length: 0\r\n\r\n") };
        await using var riq = await RiqCluster.Create();
        Configure(riq).With("Callbacks:Timeout", "00:00:01");
        await riq.StartApi();
        var lines = riq.NewLines();
        await riq.StartWorker("worker-1", lines);
        var token = await riq.Api.Submit(more: new { callback_url = receiver.Url });
        await Eventually.True(() => receiver.Received.Count == 1);
        lines.Cut();
        await riq.StartWorker("worker-2");
        await Eventually.True(async () => await State(riq, token) == "delivered");
        Assert.Equal(2, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(r => r.Headers["webhook-id"]).Distinct());
    }

    [Fact]
    public async Task A_receiver_that_hangs_or_never_stops_talking_delays_nobody_else()
    {
        await using var hanging = new CallbackReceiver { Answer = _ => new TaskCompletionSource<string>().Task };
        await using var endless = new CallbackReceiver("127.0.0.2") { Endless = true, Answer = _ => Task.FromResult("200 OK\r\n\r\n") };
        await using var good = new CallbackReceiver("127.0.0.3");
        await using var riq = await RiqCluster.Create();
        Configure(riq).With("Callbacks:PerHost", 2).With("Callbacks:Concurrency", 4);
        await riq.StartWorker();
        await riq.StartApi();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => riq.Api.Submit(more: new { callback_url = hanging.Url })));
        await Eventually.True(() => hanging.Received.Count == 2);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => riq.Api.Submit(more: new { callback_url = n % 2 == 0 ? good.Url : endless.Url })));
        foreach (var token in tokens) await Eventually.True(async () => await State(riq, token) == "delivered");
        Assert.Equal(2, hanging.Received.Count);
    }

    [Fact]
    public async Task A_name_that_points_to_this_network_when_it_is_called_is_not_connected_to()
    {
        await using var receiver = new CallbackReceiver();
        var port = new Uri(receiver.Url).Port;
        foreach (var addresses in new[] { "127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "10.0.0.1", "169.254.169.254", "::1", "" })
        {
            var resolved = 0;
            using var client = Client(allow: null, (_, _) => { resolved++; return Task.FromResult<IPAddress[]>(addresses.Length == 0 ? [] : [IPAddress.Parse(addresses)]); });
            var result = await client.Deliver(Due($"http://rebinding.example.com:{port}/"));
            Assert.Equal((1, CallbackStatus.Pending, null), (resolved, result.Status, result.HttpStatus));
            Assert.Contains("rebinding.example.com", result.Error, StringComparison.Ordinal);
        }
        Assert.Empty(receiver.Received);
        // The same name, allowed by an operator.
        using var allowed = Client("rebinding.example.com", (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));
        Assert.Equal(CallbackStatus.Delivered, (await allowed.Deliver(Due($"http://rebinding.example.com:{port}/"))).Status);
    }

    [Fact]
    public async Task A_target_that_is_no_longer_allowed_is_not_called()
    {
        await using var receiver = new CallbackReceiver();
        using var client = Client(allow: null, Dns.GetHostAddressesAsync);
        Assert.Contains("must not point to 127.0.0.1", (await client.Deliver(Due(receiver.Url))).Error, StringComparison.Ordinal);
        Assert.Empty(receiver.Received);
    }

    [Theory]
    [InlineData("http://127.0.0.1/"), InlineData("http://2130706433/"), InlineData("http://[::ffff:127.0.0.1]/"), InlineData("http://u@example.com/"), InlineData("http://localhost/")]
    public async Task Submit_refuses_targets_that_are_not_public(string url)
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Callbacks:Secret", SecretText);
        await riq.StartApi();
        var refusal = await Refusal.Of(riq.Api.SubmitText(JsonSerializer.Serialize(new { operation = "fake.read", payload = new { text = "a" }, callback_url = url })), HttpStatusCode.BadRequest);
        Assert.Equal(["callback_url"], refusal.Fields);
    }

    static CallbackClient Client(string? allow, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        var options = new RiqOptions { Callbacks = new() { Secret = SecretText, Allow = allow, Timeout = TimeSpan.FromSeconds(5) } };
        return new(options, options.Callbacks.Rules(), TimeProvider.System, resolve);
    }

    static DueCallback Due(string url) => new(Guid.NewGuid(), 1, 0, "local", url, new Uri(url).Host, TimeSpan.FromHours(1), "{}"u8.ToArray());

    static async Task<RiqCluster> Start()
    {
        var riq = await RiqCluster.Create();
        Configure(riq);
        await riq.StartWorker();
        await riq.StartApi();
        return riq;
    }

    static RiqCluster Configure(RiqCluster riq) => riq.With("Callbacks:Secret", SecretText).With("Callbacks:Allow", "127.0.0.0/8").With("Callbacks:RetryBaseDelay", "00:00:00.010");

    static async Task<string?> State(RiqCluster riq, string token) =>
        (await riq.Database.List("select state from callbacks where 'req_' || replace(request_id::text, '-', '') = $1", r => r.GetString(0), token)).SingleOrDefault();

    static Task<List<string>> States(RiqCluster riq) => riq.Database.List("select state from callbacks order by ended_at", r => r.GetString(0));

    // The signature by another hand than ours.
    static async Task<string> OpenSsl(string signed)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + Convert.ToHexStringLower(Secret), "-binary"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardInput.BaseStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(signed));
        process.StandardInput.Close();
        using var digest = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(digest);
        await process.WaitForExitAsync();
        return Convert.ToBase64String(digest.ToArray());
    }
}
