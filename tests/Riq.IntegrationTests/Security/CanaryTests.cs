using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using Riq.IntegrationTests.Adapters;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Observability;
using Riq.TestKit.Processes;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Security;

/// <summary>
/// Secrets that go in by every way, and are looked for afterwards in everything that comes out of the processes, in every table and in every queue. What a client
/// sent or a service told about it is its own: it may stand in the columns made for it, and nowhere else.
/// </summary>
public sealed class CanaryTests
{
    static readonly string Run = Guid.NewGuid().ToString("N");

    // A word each, so that a hit tells where it came from.
    static readonly string[] Secrets = [.. new[] { "key", "header", "cookie", "baggage", "clientsecret", "refresh", "rotated", "access", "oauthbody", "html", "stack" }.Select(Canary)];
    static readonly string Payload = Canary("payload");

    // Where a client's own data belongs.
    static readonly Dictionary<string, string[]> OwnData = new() { ["queue_requests"] = ["payload", "result", "error"], ["request_attempts"] = ["error"], ["read_cache"] = ["result"], ["refused_submissions"] = ["body"] };

    static readonly string[] Events = ["RequestQueued", "RequestStarted", "RequestCompleted", "RequestFailed", "RequestDead"];

    readonly ConcurrentDictionary<string, StringBuilder> _surfaces = new();

    static string Canary(string what) => $"canary-{what}-{Run}";

    [Fact]
    public async Task A_secret_is_found_in_nothing_that_leaves_the_processes_in_no_table_and_in_no_queue()
    {
        await using var service = await AnsweringBadly();
        await using var receiver = new CallbackReceiver();
        await using var traces = await OtlpReceiver.Start();
        await using var riq = await RiqInstallation.Create();
        Configure(riq, service, traces);
        var api = await riq.StartApi();
        await using var broker = await new ConnectionFactory { Uri = new(riq.Broker.Uri) }.CreateConnectionAsync();
        await using var channel = await broker.CreateChannelAsync();
        await Tap(channel);
        using var stop = new CancellationTokenSource();
        var stream = Listen(api, stop.Token);

        string[] tokens =
        [
            await Submit(api, "jira.get_task", """{"task_id":"MD-1"}""", receiver),
            await Submit(api, "jira.get_task", """{"task_id":"MD-500"}""", receiver),
            await Submit(api, "jira.create_task", $$"""{"title":"{{Payload}}","description":"{{Payload}}","project_id":"MD","type":"task"}""", receiver),
        ];
        await riq.Broker.Publish("riq.submit", $$$"""{"operation":"jira.create_task","payload":{"title":"{{{Payload}}}","project_id":"MD","type":"task","labels":["{{{Payload}}}"],"custom_fields":7}}""", new Dictionary<string, object> { ["message_id"] = "m1" });
        await Refused(api, $$$"""{"operation":"jira.create_task","payload":{"title":"{{{Payload}}}"}}""");
        await Refused(api, "{\"operation\":\"" + Payload);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from refused_submissions") == 1);
        await Drain(riq, channel, "queues before a worker comes", requeue: true);

        var worker = await riq.StartWorker();
        await riq.Broker.Publish("riq.jira.normal", "no JSON");
        foreach (var token in tokens) await End(api, token);
        await Eventually.True(() => receiver.Received.Count >= tokens.Length);
        await Eventually.True(async () => await riq.Broker.Messages("riq.jira.normal_error") == 1);
        await Eventually.True(() => traces.Spans.Any(s => s.Name == "jira.create_task"));
        Assert.Contains(service.Calls, c => c.Headers.GetValueOrDefault("Authorization") == "Bearer " + Canary("access"));
        Assert.Contains(service.Calls, c => c.Body.Contains(Payload, StringComparison.Ordinal));
        Assert.Contains("***", await riq.Database.Scalar<string>("select error::text from queue_requests where operation = 'jira.create_task'"), StringComparison.Ordinal);

        foreach (var process in new[] { api, worker })
            foreach (var path in new[] { "/metrics", "/health/live", "/health/ready" }) await Collect(process, path, $"{path} of {process.Name}");
        foreach (var path in new[] { "/api/queue/health", "/api/queue/status", "/api/queue/services", "/api/queue/audit", "/api/queue/dead-letters/groups", "/openapi/v1.json" }) await Collect(api, path, path);
        await Drain(riq, channel, "queues", requeue: false);
        await stop.CancelAsync();
        await stream;
        foreach (var process in new[] { api, worker })
        {
            await process.Terminate();
            Say($"log of {process.Name}", process.Output);
        }
        foreach (var span in traces.Spans) Say("traces", Encoding.UTF8.GetString(span.Bytes));

        foreach (var (surface, text) in _surfaces)
            foreach (var secret in Secrets.Append(Payload)) Assert.False(text.ToString().Contains(secret, StringComparison.OrdinalIgnoreCase), $"{secret} is in the {surface}.");
        Assert.All(["log of api-0", "queues before a worker comes", "queues", "traces", "stream", "/metrics of api-0"], s => Assert.NotEqual(0, _surfaces[s].Length));
        // What a callback, a list and a request's own page tell is promised to its client: its own data, and no secret.
        foreach (var delivery in receiver.Received) NoSecret("a callback", $"{delivery.Path} {string.Join('\n', delivery.Headers)} {delivery.Body}");
        await Tables(riq);
    }

    void Say(string surface, string text) => _surfaces.GetOrAdd(surface, _ => new()).Append(text).Append('\n');

    static void NoSecret(string where, string text) => Assert.All(Secrets, s => Assert.False(text.Contains(s, StringComparison.OrdinalIgnoreCase), $"{s} is in {where}."));

    static void Configure(RiqInstallation riq, Riq.IntegrationTests.Adapters.FakeService service, OtlpReceiver traces)
    {
        riq.With("Riq__Logging__Level", "Debug").With("Riq__Logging__Json", "true").With("Riq__Tracing__Endpoint", traces.Address).With("Riq__Tracing__SampleRatio", "1")
            .With("Riq__ApiKeys__app", KeyedCluster.HashOf(Canary("key")) + " submit,read,operate")
            .With("Riq__Encryption__Current", "k1").With("Riq__Encryption__Keys__k1", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))
            .With("Riq__Callbacks__Secret", "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))).With("Riq__Callbacks__Allow", "127.0.0.1")
            .With("Riq__Services__jira__BaseUrl", service.Url).With("Riq__Services__jira__Auth__Type", "oauth2_refresh").With("Riq__Services__jira__Auth__TokenUrl", service.Url + "/oauth/token")
            .With("Riq__Services__jira__Auth__ClientId", "app").With("Riq__Services__jira__Auth__ClientSecret", Canary("clientsecret")).With("Riq__Services__jira__Auth__RefreshToken", Canary("refresh"));
    }

    // The token endpoint fails once and says too much; the site repeats what it was sent, as a page and as JSON.
    static async Task<Riq.IntegrationTests.Adapters.FakeService> AnsweringBadly() => (await Riq.IntegrationTests.Adapters.FakeService.Start())
        .On("POST", "/oauth/token", 500, $$"""{"error":"server_error","error_description":"{{Canary("oauthbody")}} {{Canary("refresh")}} {{Canary("clientsecret")}}"}""")
        .On("POST", "/oauth/token", 200, $$"""{"access_token":"{{Canary("access")}}","refresh_token":"{{Canary("rotated")}}","token_type":"Bearer","expires_in":3600}""")
        .On("GET", "/rest/api/3/issue/MD-500", 500, $"<html><body>{Canary("html")} {Canary("access")}</body></html>", ("X-Debug", Canary("html")))
        .On("GET", "/rest/api/3/issue/MD-1", 200, $$$"""{"id":"10001","key":"MD-1","fields":{"summary":"{{{Payload}}}"}}""")
        .On("POST", "/rest/api/3/issue", 400, $$$"""{"errorMessages":["Bearer {{{Canary("access")}}} is not enough."],"errors":{"summary":"{{{Payload}}} can't be said with {{{Canary("access")}}}"},"stack":"{{{Canary("stack")}}}"}""");

    static HttpRequestMessage Call(HttpMethod method, string path, string? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-API-Key", Canary("key"));
        request.Headers.Add("X-Anything", Canary("header"));
        request.Headers.Add("Cookie", $"session={Canary("cookie")}");
        request.Headers.Add("traceparent", $"00-{Guid.NewGuid():N}-b7ad6b7169203331-01");
        request.Headers.Add("baggage", $"secret={Canary("baggage")}");
        return request;
    }

    static async Task<string> Submit(RiqProcess api, string operation, string payload, CallbackReceiver receiver)
    {
        using var call = Call(HttpMethod.Post, "/api/queue/submit", $$"""{"operation":"{{operation}}","payload":{{payload}},"max_retries":0,"callback_url":"{{receiver.Url}}"}""");
        using var answer = await api.Http.SendAsync(call);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await RiqApi.Json(answer)).GetProperty("token").GetString()!;
    }

    static async Task Refused(RiqProcess api, string body)
    {
        using var call = Call(HttpMethod.Post, "/api/queue/submit", body);
        using var answer = await api.Http.SendAsync(call);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        NoSecret("a refusal", await answer.Content.ReadAsStringAsync());
    }

    static Task End(RiqProcess api, string token) => Eventually.True(async () =>
    {
        using var call = Call(HttpMethod.Get, $"/api/queue/result/{token}?wait=10");
        using var answer = await api.Http.SendAsync(call);
        var text = await answer.Content.ReadAsStringAsync();
        NoSecret("a result", text);
        return JsonDocument.Parse(text).RootElement.GetProperty("status").GetString() is "completed" or "failed" or "dead";
    }, TimeSpan.FromSeconds(90));

    async Task Collect(RiqProcess process, string path, string surface)
    {
        using var call = Call(HttpMethod.Get, path);
        using var answer = await process.Http.SendAsync(call);
        Say(surface, $"{answer.Headers} {await answer.Content.ReadAsStringAsync()}");
    }

    async Task Listen(RiqProcess api, CancellationToken stop)
    {
        using var call = Call(HttpMethod.Get, "/api/queue/events");
        using var answer = await api.Http.SendAsync(call, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(CancellationToken.None));
        try { while (await reader.ReadLineAsync(stop) is { } line) Say("stream", line); }
        catch (OperationCanceledException) { Say("stream", "(end)"); }
    }

    // A listener that never takes anything: what is published stays to be looked at.
    static async Task Tap(IChannel channel)
    {
        await channel.QueueDeclareAsync("tap", durable: true, exclusive: false, autoDelete: false);
        foreach (var name in Events.Select(e => $"Riq.Contracts:{e}").Append("riq.ended"))
        {
            await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true);
            await channel.QueueBindAsync("tap", name, "");
        }
    }

    async Task Drain(RiqInstallation riq, IChannel channel, string surface, bool requeue)
    {
        // The others belong to one process alone; what goes there goes through the exchanges that are tapped.
        foreach (var queue in (await riq.Broker.Queues()).Where(q => q == "tap" || q.StartsWith("riq.", StringComparison.Ordinal)))
        {
            var last = 0UL;
            while (await channel.BasicGetAsync(queue, autoAck: false) is { } message)
            {
                last = message.DeliveryTag;
                var headers = message.BasicProperties.Headers?.Select(h => $"{h.Key}={(h.Value is byte[] text ? Encoding.UTF8.GetString(text) : h.Value)}") ?? [];
                Say(surface, $"{queue} {string.Join(' ', headers)} {Encoding.UTF8.GetString(message.Body.Span)}");
            }
            if (last > 0) await channel.BasicNackAsync(last, multiple: true, requeue);
        }
    }

    static async Task Tables(RiqInstallation riq)
    {
        var tables = await riq.Database.List("select tablename from pg_tables where schemaname = 'public'", r => r.GetString(0));
        Assert.Contains("service_grants", tables);
        foreach (var table in tables)
            foreach (var secret in Secrets.Append(Payload))
            {
                var left = secret == Payload ? OwnData.GetValueOrDefault(table, []) : [];
                var hits = await riq.Database.Scalar<long>($"select count(*) from \"{table}\" t where strpos((to_jsonb(t) - $1)::text, $2) > 0 or strpos((to_jsonb(t) - $1)::text, encode(convert_to($2, 'UTF8'), 'hex')) > 0", left, secret);
                Assert.True(hits == 0, $"{secret} is in table {table}.");
            }
        Assert.True(await riq.Database.Scalar<bool>("select exists (select from queue_requests where payload::text like $1)", $"%{Payload}%"));
    }
}
