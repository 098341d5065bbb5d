using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Cli;

/// <summary>A new credential entered by <c>riq-cli</c>: the secret is in a file or a pipe, and nowhere else.</summary>
public sealed class GrantCommandTests
{
    const string Secret = "canary-secret";

    [Fact]
    public async Task A_new_credential_from_a_file_or_a_pipe_lets_the_waiting_requests_go_on()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Auth:Type", "bearer").With("Services:fake:Auth:Secret", "old").With("Encryption:Current", "k1").With("Encryption:Keys:k1", Convert.ToBase64String(new byte[32]));
        var refusing = true;
        riq.Service.Answer = (call, _) => Task.FromResult(Volatile.Read(ref refusing) ? FakeService.Fail(ErrorCodes.AuthFailed, "Refused.", 401) : FakeService.Ok(call.Payload));
        await riq.StartApi();
        await riq.StartWorker();
        var address = riq.Api.Http.BaseAddress!;
        var token = await riq.Api.Submit();
        await Eventually.Value(() => riq.Api.Result(token), r => r.TryGetProperty("waiting_for", out var why) && why.GetString() == "credentials");

        var empty = await CliProcess.RunWith(address, "", "services", "grant", "fake");
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("1 to", empty.Error, StringComparison.Ordinal);
        var missing = await CliProcess.Run(address, "services", "grant", "fake", "--file", "/nowhere/secret");
        Assert.Equal(2, missing.ExitCode);
        var wrong = await CliProcess.RunWith(address, Secret, "services", "grant", "fake", "--refresh-token");
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.DoesNotContain(Secret, wrong.Error, StringComparison.Ordinal);

        Volatile.Write(ref refusing, false);
        var entered = await CliProcess.RunWith(address, Secret + "\n", "services", "grant", "fake", "--expires-at", "2999-01-01T00:00:00Z");
        Assert.True(entered.ExitCode == 0, entered.Error);
        Assert.DoesNotContain(Secret, entered.Output + entered.Error, StringComparison.Ordinal);
        Assert.Contains("fake has a new credential (bearer)", entered.Output, StringComparison.Ordinal);
        Assert.Equal("completed", (await riq.Api.End(token, TimeSpan.FromSeconds(60))).GetProperty("status").GetString());

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "another");
        var again = await CliProcess.Run(address, "services", "grant", "fake", "--file", file, "--json");
        File.Delete(file);
        Assert.Equal((0, "fake"), (again.ExitCode, again.Json.GetProperty("service").GetString()));
    }
}
