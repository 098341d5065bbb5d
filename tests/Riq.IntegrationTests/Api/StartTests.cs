using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Riq.Api;
using Riq.Engine;
using Riq.IntegrationTests.Security;

namespace Riq.IntegrationTests.Api;

/// <summary>What a person who starts the program with wrong settings is told.</summary>
public sealed class StartTests
{
    const int Misconfigured = 78;
    const string Nowhere = "--Riq:Postgres=Host=127.0.0.1;Port=1;Username=x;Database=x";
    const string NoBroker = "--Riq:RabbitMq=amqp://x:x@127.0.0.1:1/x";
    const string NoJira = "--Riq:Services:jira:BaseUrl=http://127.0.0.1:1";

    [Fact]
    public async Task Every_problem_of_the_settings_is_reported_at_once()
    {
        var (code, _, error) = await RiqProcess.Run("--urls=http://127.0.0.1:0", "--Riq:LeaseMargin=00:00:00", "--Riq:RabbitMq=http://x", "--Riq:Services:jira:Concurrency=0", "--Riq:Services:jira:MaxDepth=0", "--Riq:Services:confluence:BaseUrl=nowhere", "--Riq:ApiKeys:ci=secret");
        Assert.Equal(Misconfigured, code);
        foreach (var setting in new[] { "Riq:Postgres", "Riq:RabbitMq", "Riq:LeaseMargin", "Riq:Services:jira:Concurrency", "Riq:Services:jira:MaxDepth", "Riq:Services:confluence:BaseUrl", "Riq:ApiKeys:ci" })
            Assert.Contains(error.Split('\n'), l => l.StartsWith(setting, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Postgres", "", "Riq:Postgres")]
    [InlineData("RabbitMq", "", "Riq:RabbitMq")]
    [InlineData("RabbitMq", "localhost", "Riq:RabbitMq")]
    [InlineData("LeaseMargin", "00:00:00.5", "Riq:LeaseMargin")]
    [InlineData("SweepInterval", "00:00:00", "Riq:SweepInterval")]
    [InlineData("StuckAfter", "-00:01:00", "Riq:StuckAfter")]
    [InlineData("LostAfter", "00:00:00", "Riq:LostAfter")]
    [InlineData("ConfirmTimeout", "00:00:00", "Riq:ConfirmTimeout")]
    [InlineData("OutboxClaim", "00:00:01", "Riq:OutboxClaim")]
    [InlineData("Services:x:Concurrency", "10001", "Riq:Services:x:Concurrency")]
    [InlineData("Services:x:RetryBaseDelay", "00:00:00", "Riq:Services:x:RetryBaseDelay")]
    [InlineData("Services:x:RetryMaxDelay", "00:00:00.1", "Riq:Services:x:RetryMaxDelay")]
    [InlineData("Services:x:MaxDepth", "0", "Riq:Services:x:MaxDepth")]
    [InlineData("Services:x:Timeout", "01:00:00", "Riq:Services:x:Timeout")]
    public void Each_setting_out_of_its_bounds_is_named(string name, string value, string named)
    {
        var settings = new Dictionary<string, string?> { ["Riq:Postgres"] = "Host=x", ["Riq:RabbitMq"] = "amqp://x", [$"Riq:{name}"] = value };
        var refused = Assert.Throws<OptionsValidationException>(() => RiqOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()));
        Assert.StartsWith(named, Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Riq:LeaseMargin=soon", "Riq:LeaseMargin")]
    [InlineData("--Riq:QuorumQueues=perhaps", "Riq:QuorumQueues")]
    [InlineData("--Riq:Logging:Level=Loud", "Riq:Logging:Level")]
    public async Task A_value_of_the_wrong_kind_is_named(string argument, string setting)
    {
        var (code, _, error) = await RiqProcess.Run("--urls=http://127.0.0.1:0", Nowhere, NoBroker, NoJira, argument);
        Assert.Equal(Misconfigured, code);
        Assert.Contains(setting, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("sha256:abc")]
    [InlineData("md5:0123456789abcdef0123456789abcdef")]
    [InlineData("")]
    public async Task A_bad_hash_of_a_key_is_named_with_the_way_to_make_a_good_one(string hash)
    {
        var (code, _, error) = await RiqProcess.Run("--urls=http://127.0.0.1:0", Nowhere, NoBroker, NoJira, $"--Riq:ApiKeys:ci={hash}", $"--Riq:ApiKeys:good={KeyedCluster.HashOf("x")}");
        Assert.Equal(Misconfigured, code);
        Assert.Contains("Riq:ApiKeys:ci", error, StringComparison.Ordinal);
        Assert.Contains("sha256sum", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Riq:ApiKeys:good", error, StringComparison.Ordinal);
        if (hash.Length > 0) Assert.DoesNotContain(hash, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_service_the_program_says_so()
    {
        var (code, _, error) = await RiqProcess.Run("--urls=http://127.0.0.1:0", Nowhere, NoBroker);
        Assert.Equal(Misconfigured, code);
        Assert.Contains("Riq:Services:jira:BaseUrl", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_clients_with_one_key_are_named()
    {
        var (code, _, error) = await RiqProcess.Run("--urls=http://127.0.0.1:0", Nowhere, NoBroker, NoJira, $"--Riq:ApiKeys:one={KeyedCluster.HashOf("x")}", $"--Riq:ApiKeys:two={KeyedCluster.HashOf("x")}");
        Assert.Equal(Misconfigured, code);
        Assert.Contains("one and two", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://*:0")]
    [InlineData("http://some-name:0")]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0")]
    public async Task Without_keys_no_address_but_loopback_is_listened_on(string urls)
    {
        var (code, _, error) = await RiqProcess.Run($"--urls={urls}", Nowhere, NoBroker, NoJira);
        Assert.Equal(Misconfigured, code);
        Assert.Contains("Riq:ApiKeys", error, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_of_the_configuration_is_no_way_around()
    {
        var (code, _, error) = await RiqProcess.Run("--Kestrel:Endpoints:All:Url=http://0.0.0.0:0", Nowhere, NoBroker, NoJira);
        Assert.Equal(Misconfigured, code);
        Assert.Contains("Riq:ApiKeys", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::1]:0")]
    public async Task With_keys_any_address_is_listened_on(string urls)
    {
        await using var host = ApiHost.Build([$"--urls={urls}", Nowhere, NoBroker, NoJira, "--Riq:Logging:Level=Fatal", $"--Riq:ApiKeys:ci={KeyedCluster.HashOf("x")}"]);
        await host.StartAsync();
        await host.StopAsync();
    }

    [Fact]
    public async Task An_address_in_use_is_told()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (code, _, error) = await RiqProcess.Run($"--urls=http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}", Nowhere, NoBroker, NoJira);
        Assert.Equal(Misconfigured, code);
        Assert.Contains("in use", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://192.0.2.1:0")]
    [InlineData("nonsense")]
    [InlineData("https://127.0.0.1:0")]
    public async Task An_address_that_can_not_be_listened_on_is_told(string urls)
    {
        var (code, _, error) = await RiqProcess.Run($"--urls={urls}", Nowhere, NoBroker, NoJira, $"--Riq:ApiKeys:ci={KeyedCluster.HashOf("x")}");
        Assert.Equal(Misconfigured, code);
        Assert.NotEmpty(error);
    }
}
