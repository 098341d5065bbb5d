using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Riq.Api.Security;
using Riq.Engine.Security;

namespace Riq.UnitTests.Api;

public class AuthenticationTests
{
    static readonly ApiKeys NoKeys = ApiKeys.Read(new ConfigurationBuilder().Build());
    static readonly ApiKeys Keys = Settings(("anna", HashOf("secret")), ("olga", HashOf("ops") + " operate"), ("rita", HashOf("reads") + " read"));

    static string HashOf(string key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    static ApiKeys Settings(params (string Client, string Hash)[] entries) =>
        ApiKeys.Read(new ConfigurationBuilder().AddInMemoryCollection(entries.Select(e => KeyValuePair.Create($"Riq:ApiKeys:{e.Client}", (string?)e.Hash))).Build());

    static KeyRing Ring(ApiKeys configured, (string Key, ApiKey Rights)[]? stored = null, TimeProvider? time = null, Func<Exception?>? outage = null) => new(configured, null, _ =>
        outage?.Invoke() is { } e ? Task.FromException<(Dictionary<string, ApiKey>, bool)>(e)
            : Task.FromResult(((stored ?? []).ToDictionary(s => Convert.ToHexStringLower(NewApiKey.HashOf(s.Key)), s => s.Rights), stored is not null)),
        time ?? TimeProvider.System, NullLogger<KeyRing>.Instance);

    /// <summary>Lets the call through as the local client, as if no keys were configured.</summary>
    internal static async Task Pass(HttpContext http) => await Call(http, Ring(NoKeys), new Access(Scopes.Submit), _ => Task.CompletedTask);

    static Task Call(HttpContext http, KeyRing ring, object? metadata, RequestDelegate next)
    {
        http.SetEndpoint(new RouteEndpoint(next, RoutePatternFactory.Parse("/x"), 0, new(metadata is null ? [] : [metadata]), "x"));
        return new Authentication(next, ring, NullLogger<Authentication>.Instance).InvokeAsync(http);
    }

    static async Task<(string? Client, DefaultHttpContext Http)> Enter(KeyRing ring, Scopes anyOf, params (string Name, string Value)[] headers)
    {
        var http = Http.Call(headers: headers);
        string? client = null;
        await Call(http, ring, new Access(anyOf), c => { client = Authentication.ClientOf(c); return Task.CompletedTask; });
        return (client, http);
    }

    [Theory]
    [InlineData("Authorization", "Bearer secret"), InlineData("Authorization", "bearer   secret "), InlineData("X-API-Key", "secret")]
    public async Task A_known_key_lets_its_client_in(string header, string value) => Assert.Equal("anna", (await Enter(Ring(Keys), Scopes.Submit, (header, value))).Client);

    [Theory]
    [InlineData(null, null), InlineData("Authorization", "Bearer wrong"), InlineData("Authorization", "Bearer "), InlineData("Authorization", "Basic c2VjcmV0"), InlineData("Authorization", "secret")]
    [InlineData("X-API-Key", "wrong"), InlineData("X-API-Key", "")]
    public async Task Everybody_else_gets_401_and_goes_no_further(string? header, string? value)
    {
        var (client, http) = await Enter(Ring(Keys), Scopes.Submit, header is null ? [] : [(header, value!)]);
        Assert.Null(client);
        Assert.Equal((401, "Bearer", 401), (http.Response.StatusCode, http.Response.Headers.WWWAuthenticate.ToString(), http.Written().GetProperty("status").GetInt32()));
    }

    [Theory]
    [InlineData("secret", Scopes.Operate), InlineData("reads", Scopes.Submit), InlineData("reads", Scopes.Submit | Scopes.Operate), InlineData("ops", Scopes.Submit)]
    public async Task A_key_without_the_scope_gets_403_that_names_it(string key, Scopes needed)
    {
        var (client, http) = await Enter(Ring(Keys), needed, ("X-API-Key", key));
        Assert.Null(client);
        Assert.Equal(403, http.Response.StatusCode);
        Assert.All(ScopeWords.Of(needed), w => Assert.Contains(w, http.Written().GetProperty("detail").GetString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("secret", Scopes.Read, "anna"), InlineData("secret", Scopes.Submit | Scopes.Operate, "anna"), InlineData("ops", Scopes.Read, "olga"), InlineData("ops", Scopes.Submit | Scopes.Operate, "olga"), InlineData("reads", Scopes.Read, "rita")]
    public async Task One_of_the_scopes_is_enough_and_who_operates_may_look(string key, Scopes needed, string client) => Assert.Equal(client, (await Enter(Ring(Keys), needed, ("X-API-Key", key))).Client);

    [Fact]
    public async Task An_endpoint_that_declares_nothing_answers_nobody()
    {
        var http = Http.Call(headers: ("X-API-Key", "ops"));
        var reached = false;
        await Call(http, Ring(Keys), null, _ => { reached = true; return Task.CompletedTask; });
        Assert.Equal((false, 500), (reached, http.Response.StatusCode));
    }

    [Fact]
    public async Task Without_any_keys_everybody_is_the_local_client_and_may_do_everything()
    {
        Assert.Equal(ApiKeys.LocalClient, (await Enter(Ring(NoKeys), Scopes.Submit)).Client);
        Assert.Equal(ApiKeys.LocalClient, (await Enter(Ring(NoKeys), Scopes.Operate, ("X-API-Key", "anything"))).Client);
    }

    [Fact]
    public async Task A_stored_key_lets_its_client_in_beside_those_of_the_settings()
    {
        var ring = Ring(Keys, [("stored", new("stefan", Scopes.Read, 5))]);
        Assert.Equal("stefan", (await Enter(ring, Scopes.Read, ("X-API-Key", "stored"))).Client);
        Assert.Equal("anna", (await Enter(ring, Scopes.Read, ("X-API-Key", "secret"))).Client);
    }

    [Fact]
    public async Task Once_there_has_been_a_key_nobody_is_local_even_if_none_counts_any_more()
    {
        var (client, http) = await Enter(Ring(NoKeys, []), Scopes.Read);
        Assert.Equal((null, 401), (client, http.Response.StatusCode));
    }

    [Fact]
    public async Task While_Postgres_can_not_say_nobody_is_let_in_but_by_the_settings()
    {
        Exception Away() => new TimeoutException("away");
        await Assert.ThrowsAsync<TimeoutException>(() => Enter(Ring(NoKeys, outage: Away), Scopes.Read));
        await Assert.ThrowsAsync<TimeoutException>(() => Enter(Ring(Keys, outage: Away), Scopes.Read, ("X-API-Key", "perhaps stored")));
        Assert.Equal("anna", (await Enter(Ring(Keys, outage: Away), Scopes.Read, ("X-API-Key", "secret"))).Client);
    }

    [Fact]
    public async Task What_was_read_counts_for_a_minute_without_Postgres_and_no_longer()
    {
        var time = new FakeTimeProvider();
        Exception? outage = null;
        var ring = Ring(NoKeys, [("stored", new("stefan", Scopes.Read, null))], time, () => outage);
        await Enter(ring, Scopes.Read, ("X-API-Key", "stored"));
        outage = new TimeoutException("away");
        time.Advance(KeyRing.LongestAge - TimeSpan.FromSeconds(1));
        Assert.Equal("stefan", (await Enter(ring, Scopes.Read, ("X-API-Key", "stored"))).Client);
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => Enter(ring, Scopes.Read, ("X-API-Key", "stored")));
    }
}
