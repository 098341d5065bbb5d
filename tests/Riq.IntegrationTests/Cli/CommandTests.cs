using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Cli;

/// <summary>Every command of <c>riq-cli</c>, and how it ends.</summary>
public sealed class CommandTests(RunningCluster cluster) : IClassFixture<RunningCluster>, IAsyncLifetime
{
    const string Payload = """{"text":"hello"}""";

    public Task InitializeAsync()
    {
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    Task<CliProcess> Cli(params string[] arguments) => CliProcess.Run(cluster.Api.Http.BaseAddress!, arguments);

    async Task<CliProcess> Succeeds(params string[] arguments)
    {
        var end = await Cli(arguments);
        Assert.True(end.ExitCode == 0, $"{end.ExitCode}: {end.Error}");
        return end;
    }

    async Task Fails(int code, string says, params string[] arguments)
    {
        var end = await Cli(arguments);
        Assert.True((code, true) == (end.ExitCode, (end.Error + end.Output).Contains(says, StringComparison.Ordinal)), $"{end.ExitCode}: {end.Error}{end.Output}");
    }

    async Task<string> Dead(string text, bool unclear = false)
    {
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.Timeout, "It failed.", unclear: unclear));
        var token = (await Cli("submit", "fake.write", $$"""{"text":"{{text}}"}""", "--max-retries", "0", "--json")).Json.GetProperty("token").GetString()!;
        await cluster.Api.End(token);
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        return token;
    }

    [Fact]
    public async Task Submitting_gives_a_token_and_waiting_the_result()
    {
        var token = (await Succeeds("submit", "fake.write", Payload, "--json")).Json.GetProperty("token").GetString()!;
        Assert.Equal("hello", (await Succeeds("wait", token, "--json")).Json.GetProperty("result").GetProperty("echo").GetString());
        Assert.Equal("completed", (await Succeeds("get", token, "--json")).Json.GetProperty("status").GetString());
        Assert.Contains(token, (await Succeeds("list", "--limit", "5")).Output, StringComparison.Ordinal);
        Assert.All((await Succeeds("list", "--status", "completed", "--json")).Lines, l => Assert.Equal("completed", l.GetProperty("status").GetString()));
        Assert.Equal(2, (await Succeeds("wait", token, token, "--json")).Lines.Length);
    }

    [Fact]
    public async Task A_payload_may_come_from_standard_input_and_a_key_makes_one_request()
    {
        var tokens = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var end = await CliProcess.RunWith(cluster.Api.Http.BaseAddress!, Payload, "submit", "fake.write", "-", "--key", "cli-once", "--wait", "--json");
            Assert.Equal("completed", end.Json.GetProperty("status").GetString());
            tokens.Add(end.Json.GetProperty("token").GetString()!);
        }
        Assert.Single(tokens);
    }

    [Fact]
    public async Task The_exit_code_says_what_happened()
    {
        await Fails(2, "payload.text is required", "submit", "fake.write", "{}");
        await Fails(2, "either an operation", "submit");
        await Fails(2, "not JSON", "submit", "fake.write", "{");
        await Fails(2, "nonsense", "nonsense");
        await Fails(2, "Url must be an absolute", "list", "--url", "nowhere");
        await Fails(3, "no such request", "wait", "req_00000000000000000000000000000000");
        await Fails(3, "no such request", "get", "x/../y");
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.Forbidden, "No.", 403));
        await Fails(1, "FORBIDDEN", "submit", "fake.write", Payload, "--wait");
    }

    [Fact]
    public async Task A_wait_that_is_over_says_so_and_what_is_queued_can_be_cancelled()
    {
        var held = new HeldCalls(cluster.Service);
        var tokens = new List<string>();
        for (var i = 0; i < 6; i++) tokens.Add((await Succeeds("submit", "fake.write", Payload, "--json")).Json.GetProperty("token").GetString()!);
        await Eventually.True(() => held.Arrived == 5);
        await Fails(6, "queued", "wait", tokens[5], "--timeout", "1");
        await Succeeds("cancel", tokens[5]);
        await Fails(3, "cancelled any more", "cancel", tokens[0]);
        held.Release();
        await Fails(1, "CANCELLED", ["wait", .. tokens]);
    }

    [Fact]
    public async Task Dead_letters_are_listed_and_decided_about()
    {
        var (again, given, gone, unknown) = (await Dead("a"), await Dead("b"), await Dead("c"), await Dead("d", unclear: true));
        Assert.Superset(new HashSet<string> { again, given, gone, unknown }, (await Succeeds("dead-letters", "list", "--json", "--limit", "200")).Lines.Select(l => l.GetProperty("token").GetString()!).ToHashSet());
        Assert.Contains("TIMEOUT", (await Succeeds("dead-letters", "list", "--code", "TIMEOUT")).Output, StringComparison.Ordinal);
        await Succeeds("dead-letters", "retry", again);
        await Succeeds("wait", again);
        await Succeeds("dead-letters", "abandon", given);
        await Succeeds("dead-letters", "delete", gone);
        await Fails(3, "no such request", "get", gone);
        await Fails(3, "look first", "dead-letters", "retry", unknown);
        await Fails(2, "not JSON", "dead-letters", "adopt", unknown, "--result", "{");
        await Succeeds("dead-letters", "adopt", unknown, "--result", """{"id":"7"}""");
        await Fails(3, "not a dead letter", "dead-letters", "send-again", unknown);
    }

    [Fact]
    public async Task Services_are_paused_and_resumed()
    {
        await Succeeds("services", "pause", "fake", "--reason", "maintenance", "--for", "600");
        Assert.True((await Succeeds("services", "list", "--json")).Lines.Single().GetProperty("paused").GetBoolean());
        await Succeeds("services", "circuit", "fake", "closed");
        await Succeeds("services", "circuit", "fake", "auto");
        Assert.Contains("fake", (await Succeeds("services", "resume", "fake")).Output, StringComparison.Ordinal);
        await Fails(3, "no such service", "services", "pause", "nobody");
        await Fails(2, "ajar", "services", "circuit", "fake", "ajar");
    }
}
