using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Adapters.Http;
using Riq.Contracts;
using Xunit;

namespace Riq.UnitTests.Adapters;

public class AdapterRegistrationTests
{
    static IConfiguration Settings(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create("Riq:Services:" + v.Key, (string?)v.Value))).Build();

    static async Task<string?> Authorization(IConfiguration configuration, string service)
    {
        await using var provider = new ServiceCollection().AddRiqAdapters(configuration).BuildServiceProvider();
        return (await provider.GetRequiredService<ICredentialSource>().Authorization(service, default))?.ToString();
    }

    [Fact]
    public async Task Services_with_an_address_are_registered_and_others_are_not()
    {
        var configuration = Settings(("jira:BaseUrl", "https://a.atlassian.net/"), ("confluence:Concurrency", "3"));
        Assert.Empty(AdapterRegistration.AdapterProblems(configuration));
        await using var provider = new ServiceCollection().AddRiqAdapters(configuration).BuildServiceProvider();
        Assert.Equal(["jira"], provider.GetServices<IServiceAdapter>().Select(a => a.Service));
        Assert.Same(provider.GetRequiredService<ITaskAdapter>(), provider.GetRequiredService<IServiceAdapter>());
        Assert.Null(provider.GetService<IDocumentAdapter>());
    }

    [Fact]
    public void Every_problem_is_told_at_once_with_its_setting()
    {
        var problems = AdapterRegistration.AdapterProblems(Settings(
            ("jira:BaseUrl", "ftp://x"), ("jira:Auth:Type", "basic"), ("jira:StoryPointsField", "points"), ("jira:TypeNames:wish", "Wish"),
            ("confluence:Auth:Type", "magic"), ("confluence:Auth:Secret", "x")));
        string[] settings = ["jira:BaseUrl", "jira:Auth:User", "jira:Auth:Secret", "jira:StoryPointsField", "jira:TypeNames:wish", "confluence:BaseUrl"];
        Assert.Equal(settings.Select(s => "Riq:Services:" + s), problems.Select(p => p.Split(' ')[0]));
    }

    [Theory]
    [InlineData("https://user:pass@a.atlassian.net")]
    [InlineData("https://a.atlassian.net/?x=1")]
    [InlineData("a.atlassian.net")]
    public void An_address_with_more_than_an_address_is_refused(string address) =>
        Assert.StartsWith("Riq:Services:jira:BaseUrl", Assert.Single(AdapterRegistration.AdapterProblems(Settings(("jira:BaseUrl", address)))));

    [Fact]
    public void No_service_at_all_is_a_problem() => Assert.Contains("No service is configured", Assert.Single(AdapterRegistration.AdapterProblems(Settings())));

    [Fact]
    public void A_secret_never_stands_in_a_problem()
    {
        var problems = AdapterRegistration.AdapterProblems(Settings(("jira:BaseUrl", "https://x.test"), ("jira:Auth:Type", "bearer"), ("jira:Auth:Secret", "s3cr et")));
        Assert.DoesNotContain("s3cr", Assert.Single(problems));
    }

    [Fact]
    public async Task Credentials_are_basic_bearer_or_none()
    {
        Assert.Equal("Basic YW5uQHgudGVzdDp0b2s=", await Authorization(Settings(("jira:Auth:Type", "Basic"), ("jira:Auth:User", "ann@x.test"), ("jira:Auth:Secret", "tok")), "jira"));
        Assert.Equal("Bearer tok", await Authorization(Settings(("jira:Auth:Type", "bearer"), ("jira:Auth:Secret", "tok")), "jira"));
        Assert.Null(await Authorization(Settings(), "jira"));
        Assert.Null(await Authorization(Settings(), "github"));
    }

    [Theory]
    [InlineData("host-1", " (host-1)")]
    [InlineData("a) evil\r\nX: y", " (aevilX:y)")]
    [InlineData(null, "")]
    public void The_user_agent_names_the_worker(string? worker, string end) => Assert.Matches($"^riq/[0-9][^ ]*{System.Text.RegularExpressions.Regex.Escape(end)}$", Connection.UserAgent(worker));
}
