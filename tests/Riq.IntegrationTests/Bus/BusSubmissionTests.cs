using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary>Submissions over <c>riq.submit</c>: the same checks and the same rows as over REST, once, whatever the broker does.</summary>
public sealed class BusSubmissionTests
{
    const string Plain = """{"operation":"fake.write","payload":{"text":"hello","number":7},"priority":"high","max_retries":1,"fire_and_forget":true}""";

    static SubmitRequest Command(string text = "hello") => SubmitRequest.For("fake.write", new { Text = text, Number = 7 }) with { Priority = "high", MaxRetries = 1, FireAndForget = true };

    [Fact]
    public async Task However_it_comes_the_row_is_the_one_that_REST_makes()
    {
        await using var riq = await Start();
        await using var bus = await BusClient.Connect(riq);
        await riq.Api.SubmitText(Plain);
        await bus.Submit(Command());
        await bus.Bus.Publish(Command());
        await riq.Broker.Publish("riq.submit", Plain, Properties("plain"));
        await riq.Broker.Publish("riq.submit", Plain, new Dictionary<string, object> { ["message_id"] = "form" });   // as the management page sends it when only the id is filled in
        await riq.Broker.Publish("riq.submit", """{"messageId":"0197f0c2-a1b2-7c3d-8e4f-5a6b7c8d9e0f","messageType":["urn:message:Riq.Contracts:SubmitRequest"],"message":"""
            + """{"operation":"fake.write","payload":{"text":"hello","number":7},"priority":"high","maxRetries":1,"fireAndForget":true}}""");

        await Eventually.Value(() => riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'completed'"), n => n == 6);
        // In everything but what is each one's own.
        Assert.Equal(1, await riq.Database.Scalar<long>("""
            select count(distinct (client_id, operation, service, payload, priority, payload_hash, max_retries, fire_and_forget, expires_at, callback_url, ready, routing_path, result)) from queue_requests
            """));
        Assert.Equal(5, await riq.Database.Scalar<long>("select count(*) from queue_requests where idempotency_key like 'msg:%'"));
        Assert.Equal(6, riq.Service.Calls.Count);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task A_message_that_is_delivered_again_makes_no_second_request()
    {
        await using var riq = await Start();
        await riq.StartApi();
        await using var bus = await BusClient.Connect(riq);
        var id = Guid.NewGuid();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bus.Submit(Command(), id)));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => riq.Broker.Publish("riq.submit", Plain, Properties("no-guid"))));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(n => bus.Submit(Command() with { IdempotencyKey = "mine" })));
        await Heard(riq);
        Assert.Equal(new[] { $"msg:{id}", "mine", "msg:no-guid" }.Order(StringComparer.Ordinal), (await riq.Database.List("select idempotency_key from queue_requests", r => r.GetString(0))).Order(StringComparer.Ordinal));
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from refused_submissions"));
    }

    [Fact]
    public async Task A_request_client_hears_what_became_of_it()
    {
        await using var riq = await Start();
        await using var bus = await BusClient.Connect(riq);
        var command = Command() with { IdempotencyKey = "asked", FireAndForget = null };
        var first = Assert.IsType<RequestAccepted>(await bus.AskToSubmit(command));
        Assert.Equal((false, true, $"/api/queue/result/{first.Token}"), (first.Replayed, first.RequiresConfirmation, first.PollUrl));
        Assert.Equal($"ct_{first.Token[4..]}", first.ConsistencyToken);
        Assert.Equal("completed", (await riq.Api.End(first.Token)).Text("status"));

        var again = Assert.IsType<RequestAccepted>(await bus.AskToSubmit(command));
        Assert.Equal((first.Token, true, "completed"), (again.Token, again.Replayed, again.Status));
        var other = Assert.IsType<RequestRefused>(await bus.AskToSubmit(command with { Operation = "fake.safe_write" }));
        Assert.Equal(422, other.Status);

        var wrong = Assert.IsType<RequestRefused>(await bus.AskToSubmit(new() { Operation = "fake.fly", Payload = JsonSerializer.SerializeToElement(1), Priority = "urgent", MaxRetries = 99 }));
        Assert.Equal(400, wrong.Status);
        Assert.Equal(["max_retries", "operation", "payload", "priority"], wrong.Errors!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from refused_submissions"));   // they were told
    }

    [Fact]
    public async Task A_refused_message_without_a_reply_address_is_seen_by_operators()
    {
        await using var riq = await Start();
        await using var bus = await BusClient.Connect(riq);
        await bus.Submit(Command() with { Priority = "urgent" });
        await riq.Broker.Publish("riq.submit", """{"operation":"fake.write","payload":{"text":"no key at all"}}""", new Dictionary<string, object>());
        await riq.Broker.Publish("riq.submit", """["no", "object"]""", Properties("list"));
        await riq.Broker.Publish("riq.submit", """{"operation":"fake.write","payload":{"text":"a"},"max_retries":1,"maxRetries":2}""", Properties("twice"));
        await riq.Broker.Publish("riq.submit", """{"operation":"fake.write","payload":{"text":"a","text":"b"}}""", Properties("duplicate"));
        await riq.Broker.Publish("riq.submit", """{"operation":"fake.write","payload":{"text":"a\u0000b"}}""", Properties("nul"));

        var items = await Eventually.Value(Refused, all => all.Length == 6);
        Assert.Equal(["priority"], Fields(items, i => i.Text("message_id") is { Length: 36 }));
        Assert.Contains(items, i => i.Text("title") == "The submission has no key" && i.Text("message_id") is null);
        Assert.Equal(["body"], Fields(items, i => i.Text("message_id") == "list"));
        Assert.Equal(["max_retries"], Fields(items, i => i.Text("message_id") == "twice"));
        Assert.Equal(["body"], Fields(items, i => i.Text("message_id") == "duplicate"));
        Assert.Contains("no key at all", items.Single(i => i.Text("title") == "The submission has no key").Text("body")!, StringComparison.Ordinal);
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from queue_requests"));
        Assert.True(await riq.Api.Host.Metric("riq_refused_submissions_total{status=\"400\"}") >= 6);
        Assert.Empty(await riq.FaultQueues());

        async Task<JsonElement[]> Refused() => [.. (await riq.Api.Get("/api/queue/refused-submissions").Json()).GetProperty("items").EnumerateArray()];
        static IEnumerable<string> Fields(JsonElement[] items, Func<JsonElement, bool> which) => items.Single(which).GetProperty("errors").EnumerateObject().Select(e => e.Name);
    }

    [Fact]
    public async Task The_script_of_the_documentation_submits()
    {
        await using var riq = await Start();
        var start = new System.Diagnostics.ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "submit.py")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        (start.Environment["RABBITMQ_UI"], start.Environment["RABBITMQ_VHOST"]) = (TestServers.RabbitMqManagement.ToString(), new Uri(riq.Broker.Uri).AbsolutePath[1..]);
        (start.Environment["OPERATION"], start.Environment["PAYLOAD"]) = ("fake.read", """{"text":"from a script"}""");
        using var script = System.Diagnostics.Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync();
        var answer = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, await errors);
        var end = await riq.Api.End(JsonSerializer.Deserialize<JsonElement>(answer).Text("token")!);
        Assert.Equal("from a script", end.GetProperty("result").Text("echo"));
        Assert.Equal("high", (await riq.Api.Detail(end.Text("token")!)).Text("priority"));
    }

    [Fact]
    public async Task A_plain_message_with_reply_to_is_answered_with_plain_JSON()
    {
        await using var riq = await Start();
        await using var client = await PlainAmqp.Connect(riq.Broker.Uri);
        var accepted = await client.Ask("riq.submit", Plain);
        Assert.Equal("RequestAccepted", accepted.Type);
        Assert.Equal(("queued", true), (accepted.Json.Text("status"), accepted.Json.Text("token")!.StartsWith("req_", StringComparison.Ordinal)));
        Assert.StartsWith("/api/queue/result/req_", accepted.Json.Text("poll_url"), StringComparison.Ordinal);
        Assert.Equal("completed", (await riq.Api.End(accepted.Json.Text("token")!)).Text("status"));

        var refused = await client.Ask("riq.submit", """{"operation":"fake.write","payload":{},"priority":"urgent"}""");
        Assert.Equal(("RequestRefused", 400), (refused.Type, refused.Json.GetProperty("status").GetInt32()));
        Assert.Equal(["payload.text", "priority"], refused.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from refused_submissions"));   // it was told
        Assert.Empty(await riq.FaultQueues());
    }

    [Theory]
    [InlineData("gone"), InlineData("riq.commands")]
    public async Task A_refusal_that_cannot_be_answered_is_seen_by_operators(string replyTo)
    {
        await using var riq = await Start();
        await riq.Broker.Publish("riq.submit", """{"operation":"fake.fly","payload":{}}""", Properties("untold", ("reply_to", replyTo)));
        await Eventually.Value(() => riq.Database.Scalar<long>("select count(*) from refused_submissions"), n => n == 1);
        await Heard(riq);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task What_is_no_JSON_ends_in_the_error_queue_and_is_counted()
    {
        await using var riq = await Start();
        await riq.Broker.Publish("riq.submit", "this is not JSON", Properties("garbage"));
        await Eventually.True(async () => await riq.Broker.Messages("riq.submit_error") == 1);
        await Eventually.True(async () => await riq.Api.Host.Metric("riq_error_queue_messages{queue=\"riq.submit_error\"}") >= 1, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Not_more_than_a_thousand_refused_messages_are_kept()
    {
        await using var riq = await Start();
        await using var bus = await BusClient.Connect(riq);
        await Task.WhenAll(Enumerable.Range(0, 1_100).Select(n => bus.Submit(Command() with { Priority = "urgent" })));
        await Heard(riq);
        Assert.Equal(1_000, await riq.Database.Scalar<long>("select count(*) from refused_submissions"));
    }

    [Fact]
    public async Task The_client_is_the_broker_s_user_as_configured()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Bus:Clients:guest", "anna").With("ApiKeys:anna", "sha256:" + new string('a', 64));
        await riq.StartApi();
        await Listening(riq);
        await riq.Broker.Publish("riq.submit", Plain, Properties("named", ("user_id", "guest")));
        await riq.Broker.Publish("riq.submit", Plain, Properties("nameless"));
        await Eventually.Value(() => riq.Database.Scalar<long>("select count(*) from queue_requests"), n => n == 2);
        Assert.Equal(["anna msg:named", "bus msg:nameless"], await riq.Database.List("select client_id || ' ' || idempotency_key from queue_requests order by client_id", r => r.GetString(0)));
        // Nobody can take another's name: the broker refuses the message.
        await Assert.ThrowsAnyAsync<Exception>(() => riq.Broker.Publish("riq.submit", Plain, Properties("forged", ("user_id", "somebody"))));
    }

    [Fact]
    public async Task Postgres_away_holds_messages_and_faults_none()
    {
        await using var riq = await Start();
        await using var bus = await BusClient.Connect(riq);
        riq.Postgres.Cut();
        var cutAt = await riq.Database.Scalar<DateTime>("select now()");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => bus.Submit(Command($"held {n}"))));
        var refused = bus.Submit(Command() with { Priority = "urgent" });
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select now() > $1 + interval '4 seconds'", cutAt));
        await refused;
        Assert.Equal(51, await riq.Broker.Messages("riq.submit"));
        Assert.Empty(await riq.FaultQueues());
        riq.Postgres.Restore();
        await Eventually.Value(() => riq.Database.Scalar<long>("select count(*) from queue_requests"), n => n == 50);
        await Eventually.Value(() => riq.Database.Scalar<long>("select count(*) from refused_submissions"), n => n == 1);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task Submissions_of_a_burst_share_commits()
    {
        await using var riq = await Start();
        await using var bus = await BusClient.Connect(riq);
        riq.RabbitMq.Cut();
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(n => bus.Submit(Command($"burst {n}"))));
        riq.RabbitMq.Restore();
        await Eventually.Value(() => riq.Database.Scalar<long>("select count(*) from request_events where event = 'accepted'"), n => n == 1_000);
        var commits = await riq.Database.Scalar<long>("select count(distinct xmin::text) from request_events where event = 'accepted'");
        Assert.True(commits <= 150, $"{commits} commits");
    }

    [Fact]
    public async Task Commands_are_answered_when_a_request_client_asks()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        await riq.StartWorker();
        await riq.StartApi();
        await using var bus = await BusClient.Connect(riq);
        var held = new HeldCalls(riq.Service);
        var running = await riq.Api.Submit(text: "running");
        await Eventually.True(() => held.Arrived == 1);
        var waiting = await riq.Api.Submit(text: "waiting");

        Assert.Equal(new CommandDone(waiting, "failed"), await Cancel(waiting));
        Assert.Equal("failed", Assert.IsType<CommandRefused>(await Cancel(waiting)).Status);
        Assert.Equal("processing", Assert.IsType<CommandRefused>(await Cancel(running)).Status);
        Assert.Null(Assert.IsType<CommandRefused>(await Cancel("req_00000000000000000000000000000000")).Status);
        Assert.Null(Assert.IsType<CommandRefused>(await Cancel("no token")).Status);
        held.Release();
        await riq.Api.End(running);
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable));
        var dead = await riq.Api.Submit(more: new { max_retries = 0 });
        await riq.Api.End(dead);
        riq.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        Assert.Equal(new CommandDone(dead, "queued"), await Retry(dead));
        await Eventually.Value(() => riq.Stored(dead), r => r.Status == "completed");
        Assert.Equal("completed", Assert.IsType<CommandRefused>(await Retry(dead)).Status);

        Task<object> Cancel(string token) => bus.Ask<CancelRequest, CommandDone, CommandRefused>(new(token), "riq.commands");
        Task<object> Retry(string token) => bus.Ask<RetryDeadLetter, CommandDone, CommandRefused>(new(token), "riq.commands");
    }

    static Dictionary<string, object> Properties(string messageId, params (string Name, object Value)[] more)
    {
        var properties = new Dictionary<string, object> { ["content_type"] = "application/json", ["message_id"] = messageId };
        foreach (var (name, value) in more) properties[name] = value;
        return properties;
    }

    static async Task<RiqCluster> Start()
    {
        var riq = await RiqCluster.Start();
        await Listening(riq);
        return riq;
    }

    // An API answers before its bus is there; what is sent to an exchange is lost until a queue is bound to it, which comes after the queue and before its consumer.
    static Task Listening(RiqCluster riq) => Eventually.True(async () => await riq.Broker.Consumers("riq.submit") > 0);

    static Task Heard(RiqCluster riq) => Eventually.True(async () => await riq.Broker.Messages("riq.submit") == 0);
}
