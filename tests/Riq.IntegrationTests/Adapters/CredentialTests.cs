using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>What a call does when the service refuses its credential: once more with another one, and never a third time.</summary>
public sealed class CredentialTests : IAsyncLifetime, ICredentialSource
{
    readonly Queue<AuthenticationHeaderValue> _handedOut = new();
    readonly List<bool> _refusals = [];
    readonly List<AuthenticationHeaderValue> _accepted = [];
    CredentialRefusal _refusal = new(true, TimeSpan.FromSeconds(40));
    CredentialUnavailableException? _unavailable;
    bool _firstHasEnded;
    FakeService _service = null!;

    public async Task InitializeAsync() => _service = await FakeService.Start();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    ValueTask<AuthenticationHeaderValue?> ICredentialSource.Authorization(string service, CancellationToken cancellation)
    {
        if (_unavailable is not null) throw _unavailable;
        _handedOut.Enqueue(new("Bearer", $"token-{_handedOut.Count + 1}"));
        return new(_handedOut.Last());
    }

    ValueTask<CredentialRefusal> ICredentialSource.Refused(string service, AuthenticationHeaderValue refused, bool again, CancellationToken cancellation)
    {
        Assert.Equal("jira", service);
        Assert.Same(_handedOut.Last(), refused);
        _refusals.Add(again);
        return new(again ? _refusal with { HasAnother = false } : _refusal);
    }

    bool ICredentialSource.HasEnded(string service, AuthenticationHeaderValue used) => _firstHasEnded && ReferenceEquals(used, _handedOut.First());

    void ICredentialSource.Accepted(string service, AuthenticationHeaderValue accepted) => _accepted.Add(accepted);

    async Task<AdapterResult<System.Text.Json.JsonElement>> Delete()
    {
        var settings = new Dictionary<string, string?> { ["Riq:Services:jira:BaseUrl"] = _service.Url };
        await using var provider = new ServiceCollection().AddSingleton<ICredentialSource>(this)
            .AddRiqAdapters(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        var adapter = provider.GetRequiredService<IServiceAdapter>();
        using var payload = System.Text.Json.JsonDocument.Parse("""{"task_id":"MD-1"}""");
        return await adapter.Execute(new(adapter.Operations.Single(o => o.Name == "jira.delete_task"), payload.RootElement, "req_0197f3d2c4d77a6b8e9f00112233aabb"), CancellationToken.None);
    }

    IEnumerable<string> Sent => _service.Calls.Select(c => c.Headers["Authorization"]);

    [Fact]
    public async Task A_refused_call_is_made_once_more_with_another_credential()
    {
        _service.On("DELETE", "/", 401).On("DELETE", "/", 204);
        Assert.True((await Delete()).Success);
        Assert.Equal(["Bearer token-1", "Bearer token-2"], Sent);
        Assert.Equal([false], _refusals);
        Assert.Same(_handedOut.Last(), Assert.Single(_accepted));
    }

    [Theory]
    [InlineData(403), InlineData(404)]
    public async Task What_a_gateway_says_to_a_credential_that_has_ended_is_a_refusal(int status)
    {
        _firstHasEnded = true;
        _service.On("DELETE", "/", status).On("DELETE", "/", 403);
        var error = (await Delete()).Error!;
        // Said to the new one it means what it says.
        Assert.Equal((ErrorCodes.Forbidden, false), (error.Code, error.CredentialRefused));
        Assert.Equal([false], _refusals);
        Assert.Equal(["Bearer token-1", "Bearer token-2"], Sent);
    }

    [Fact]
    public async Task A_credential_that_has_ended_with_no_other_to_try_makes_the_call_wait()
    {
        (_firstHasEnded, _refusal) = (true, new(false, TimeSpan.FromSeconds(40)) { NeedsAnother = true });
        _service.On("DELETE", "/", 404);
        var error = (await Delete()).Error!;
        Assert.Equal((ErrorCodes.AuthFailed, 404, TimeSpan.FromSeconds(40), true), (error.Code, error.HttpStatus, error.RetryAfter, error.CredentialRefused));
    }

    [Theory]
    [InlineData(403, ErrorCodes.Forbidden), InlineData(404, null)]
    public async Task Said_to_a_credential_that_has_not_ended_they_mean_what_they_say(int status, string? code)
    {
        _service.On("DELETE", "/", status);
        Assert.Equal(code, (await Delete()).Error?.Code);
        Assert.Empty(_refusals);
    }

    [Fact]
    public async Task A_call_that_is_refused_twice_has_failed_and_says_when_the_credential_is_tried_next()
    {
        _service.On("DELETE", "/", 401);
        var error = (await Delete()).Error!;
        Assert.Equal((ErrorCodes.AuthFailed, 401, TimeSpan.FromSeconds(40), false), (error.Code, error.HttpStatus, error.RetryAfter, error.Unclear));
        Assert.Equal(["Bearer token-1", "Bearer token-2"], Sent);
        Assert.Equal([false, true], _refusals);
        Assert.Empty(_accepted);
    }

    [Fact]
    public async Task Without_another_credential_the_call_is_not_repeated()
    {
        _refusal = new(false, TimeSpan.FromSeconds(20));
        _service.On("DELETE", "/", 401);
        Assert.Equal(TimeSpan.FromSeconds(20), (await Delete()).Error!.RetryAfter);
        Assert.Single(_service.Calls);
    }

    [Fact]
    public async Task Without_any_credential_nothing_is_sent()
    {
        _unavailable = new("Nothing to show.", TimeSpan.FromSeconds(30));
        var error = (await Delete()).Error!;
        Assert.Equal((ErrorCodes.AuthFailed, "Nothing to show.", TimeSpan.FromSeconds(30), false), (error.Code, error.Message, error.RetryAfter, error.Unclear));
        Assert.Empty(_service.Calls);
    }

    [Fact]
    public async Task A_credential_that_is_good_but_may_not_do_this_is_not_reported()
    {
        _service.On("DELETE", "/", 401, """{"code":401,"message":"Unauthorized; scope does not match"}""");
        Assert.Equal(ErrorCodes.Forbidden, (await Delete()).Error!.Code);
        Assert.Empty(_refusals);
        Assert.Single(_service.Calls);
    }
}
