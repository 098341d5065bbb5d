using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Riq.Api.Services;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Tokens;

namespace Riq.UnitTests.Tokens;

/// <summary>Settings of credentials, and the body of a new grant.</summary>
public class TokenSettingsTests
{
    static string[] Problems(params (string Key, string Value)[] settings)
    {
        var values = settings.ToDictionary(s => $"Riq:{s.Key}", s => (string?)s.Value);
        (values["Riq:Postgres"], values["Riq:RabbitMq"]) = ("Host=127.0.0.1;Database=riq", "amqp://127.0.0.1");
        try { RiqOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build()); }
        catch (OptionsValidationException e) { return [.. e.Failures]; }
        return [];
    }

    [Fact]
    public void Every_problem_is_told_at_once_and_none_quotes_a_secret()
    {
        var problems = Problems(
            ("Encryption:Current", "k2"), ("Encryption:Keys:k1", "canary"),
            ("Services:jira:Auth:Type", "oauth2_refresh"), ("Services:jira:Auth:TokenUrl", "http://auth.example.com/token"), ("Services:jira:Auth:Secret", "canary"), ("Services:jira:Auth:RefreshBefore", "0"),
            ("Services:confluence:Auth:Type", "oauth2_client_credentials"), ("Services:confluence:Auth:ClientId", "c"), ("Services:confluence:Auth:ClientSecret", "canary"), ("Services:confluence:Auth:RefreshToken", "canary"));
        string[] expected =
        [
            "Riq:Encryption:Keys:k1", "Riq:Encryption:Current", "Riq:Services:jira:Auth:RefreshBefore", "Riq:Services:jira:Auth:TokenUrl", "Riq:Services:jira:Auth:ClientId",
            "Riq:Services:jira:Auth:ClientSecret", "Riq:Services:jira:Auth:Secret", "Riq:Services:confluence:Auth:RefreshToken",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), problems.Select(p => p.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.All(problems, p => Assert.DoesNotContain("canary", p, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_oauth2_refresh_needs_encryption()
    {
        Assert.StartsWith("Riq:Encryption:Current", Assert.Single(Problems(("Services:jira:Auth:Type", "oauth2_refresh"), ("Services:jira:Auth:ClientId", "c"), ("Services:jira:Auth:ClientSecret", "s"))), StringComparison.Ordinal);
        Assert.Empty(Problems(("Services:jira:Auth:Type", "oauth2_client_credentials"), ("Services:jira:Auth:ClientId", "c"), ("Services:jira:Auth:ClientSecret", "s")));
        Assert.Empty(Problems(("Services:jira:Auth:Type", "bearer"), ("Services:jira:Auth:Secret", "s")));
    }

    [Fact]
    public void The_older_name_of_an_api_token_means_the_same()
    {
        Assert.Equal(AuthSettings.ApiToken, new AuthSettings { Type = " Basic " }.Type);
        Assert.Equal(new AuthSettings { Type = "basic", Secret = "s" }.Seed("jira"), new AuthSettings { Type = "api_token", Secret = "s" }.Seed("jira"));
        Assert.NotEqual(new AuthSettings { Type = "basic", Secret = "s" }.Seed("jira"), new AuthSettings { Type = "api_token", Secret = "t" }.Seed("jira"));
    }

    static (GrantBody.Given Grant, ProblemList Problems) Body(string type, string body)
    {
        var problems = new ProblemList();
        return (GrantBody.Read(JsonDocument.Parse(body).RootElement, new() { Type = type, User = "old@x.test" }, problems), problems);
    }

    [Theory]
    [InlineData("api_token", """{"secret":"t"}""", "old@x.test:t", null), InlineData("api_token", """{"user":"new@x.test","secret":"t"}""", "new@x.test:t", null)]
    [InlineData("bearer", """{"secret":"t"}""", "t", null), InlineData("oauth2_refresh", """{"refresh_token":"r"}""", null, "r"), InlineData("oauth2_client_credentials", "{}", null, null)]
    public void Each_type_takes_its_own_fields(string type, string body, string? access, string? refresh)
    {
        var (grant, problems) = Body(type, body);
        Assert.True(problems.IsEmpty, problems.ToString());
        Assert.Equal((access, refresh), (grant.Access, grant.Refresh));
    }

    [Theory]
    [InlineData("api_token", "[]", "body"), InlineData("api_token", "{}", "secret"), InlineData("bearer", """{"secret":5}""", "secret"), InlineData("bearer", """{"secret":"canary canary"}""", "secret")]
    [InlineData("bearer", """{"secret":"canary\r\nX: y"}""", "secret"), InlineData("oauth2_refresh", """{"secret":"canary","refresh_token":"r"}""", "secret"), InlineData("oauth2_client_credentials", """{"secret":"canary"}""", "secret")]
    [InlineData("api_token", """{"user":"a:b","secret":"t"}""", "user"), InlineData("oauth2_refresh", """{"refresh_token":""}""", "refresh_token")]
    public void A_wrong_body_is_refused_by_field_without_quoting_it(string type, string body, string field)
    {
        var problems = Body(type, body).Problems;
        Assert.Equal([field], problems.ByField.Keys);
        Assert.DoesNotContain("canary", problems.ToString(), StringComparison.Ordinal);
    }
}
