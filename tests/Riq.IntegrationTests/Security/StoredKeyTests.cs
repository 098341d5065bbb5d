using System.Net;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Security;

/// <summary>Keys made by <c>./riq keys</c> while two API processes run.</summary>
public sealed class StoredKeyTests : IAsyncLifetime
{
    RiqCluster _riq = null!;
    RiqApi _first = null!, _second = null!;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        (_first, _second) = (await _riq.StartApi(), await _riq.StartApi());
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    async Task<string[]> Keys(params string[] words)
    {
        var (code, output, error) = await RiqProcess.Run(["keys", .. words, $"--Riq:Postgres={_riq.Database.ConnectionString}"]);
        Assert.True(code == 0, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    async Task<(string Id, string Key)> Create(params string[] words)
    {
        var lines = await Keys(["create", .. words]);
        return (lines[0].Split(' ')[1], Assert.Single(lines, l => l.StartsWith("riq_", StringComparison.Ordinal)));
    }

    Task Everywhere(string? key, HttpStatusCode code) => Eventually.True(async () =>
    {
        foreach (var api in new[] { _first, _second })
            if (await api.Send(HttpMethod.Get, "/api/queue/requests", null, key is null ? [] : [("X-API-Key", key)]).Code() != code) return false;
        return true;
    });

    [Fact]
    public async Task Keys_are_made_rotated_and_revoked_while_the_API_runs()
    {
        await Everywhere(null, HttpStatusCode.OK);
        var (id, key) = await Create("app");
        await Everywhere(key, HttpStatusCode.OK);
        await Everywhere(null, HttpStatusCode.Unauthorized);   // from the first key on nobody is local
        Assert.Equal(HttpStatusCode.Forbidden, await _first.Send(HttpMethod.Post, "/api/queue/services/fake/pause", null, ("X-API-Key", key)).Code());

        var (_, operates) = await Create("ops", "--scopes", "operate", "--expires", "30");
        await Everywhere(operates, HttpStatusCode.OK);

        var successor = Assert.Single(await Keys("rotate", id, "--overlap", "1"), l => l.StartsWith("riq_", StringComparison.Ordinal));
        await Everywhere(successor, HttpStatusCode.OK);
        await Everywhere(key, HttpStatusCode.OK);
        await _riq.Database.Execute("update api_keys set expires_at = now() where id = $1", id);   // the overlap is over
        await Everywhere(key, HttpStatusCode.Unauthorized);
        await Everywhere(successor, HttpStatusCode.OK);

        await Keys("revoke", successor.Split('_')[1]);
        await Everywhere(successor, HttpStatusCode.Unauthorized);
        await Everywhere(operates, HttpStatusCode.OK);
        Assert.Equal(["key_created", "key_created", "key_rotated", "key_revoked"], await _riq.Database.List("select action from audit_entries order by id", r => r.GetString(0)));
    }

    [Fact]
    public async Task A_key_is_shown_once_and_only_its_hash_is_kept()
    {
        var (id, key) = await Create("app", "--quota", "5");
        var secret = key[$"riq_{id}_".Length..];   // it may hold a _ of its own
        Assert.DoesNotContain(secret, string.Concat(await Keys("list")), StringComparison.Ordinal);
        Assert.Contains(await Keys("list", "app"), l => l.StartsWith($"{id}\tapp\tsubmit,read\t5/min", StringComparison.Ordinal));
        Assert.Equal(0, await _riq.Database.Scalar<long>("select (select count(*) from api_keys k where strpos(k::text, $1) > 0) + (select count(*) from audit_entries e where strpos(e::text, $1) > 0)", secret));
    }

    [Theory]
    [InlineData("CLIENT", "create", "two words"), InlineData("--scopes", "create", "app", "--scopes", "root"), InlineData("--quota", "create", "app", "--quota", "0"), InlineData("--expires", "create", "app", "--expires", "soon")]
    [InlineData("no key", "revoke", "0123456789"), InlineData("no key", "rotate", "0123456789"), InlineData("usage", "create"), InlineData("usage", "frobnicate"), InlineData("usage")]
    public async Task What_can_not_be_done_is_said(string named, params string[] words)
    {
        var (code, output, error) = await RiqProcess.Run(["keys", .. words, $"--Riq:Postgres={_riq.Database.ConnectionString}"]);
        Assert.NotEqual(0, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Equal(0, await _riq.Database.Scalar<long>("select count(*) from api_keys"));
    }
}
