using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Api;

public sealed class RequestListTests : IAsyncLifetime
{
    const string Path = "/api/queue/requests";
    RiqCluster _riq = null!;

    RiqApi Api => _riq.Api;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create(new FakeService("one"), new FakeService("two"));
        await _riq.StartApi();
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    async Task<string[]> List(string query = "")
    {
        using var answer = await Api.Get(Path + query);
        var json = await RiqApi.Json(answer);
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return [.. json.GetProperty("items").EnumerateArray().Select(i => i.Text("token")!)];
    }

    /// <summary>A request of a later millisecond than the one before: within one, ids have no order.</summary>
    async Task<string> Submit(string operation, object? more = null)
    {
        var token = await Api.Submit(operation, more: more);
        var at = Convert.ToInt64(token[4..16], 16);
        await Eventually.True(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > at);
        return token;
    }

    [Fact]
    public async Task The_newest_come_first_and_filters_narrow_the_list()
    {
        var a = await Submit("one.write", new { priority = "high" });
        var b = await Submit("one.read");
        var c = await Submit("two.write", new { priority = "low" });
        await _riq.Database.Execute("update queue_requests set created_at = now() - interval '1 hour' where id = $1", Guid.Parse(a[4..]));
        using (await Api.Send(HttpMethod.Post, $"{Path}/{b}/cancel")) { }

        Assert.Equal([c, b, a], await List());
        Assert.Equal([b, a], await List("?service=one"));
        Assert.Equal([c], await List("?operation=two.write"));
        Assert.Equal([b], await List("?status=failed"));
        Assert.Equal([c, a], await List("?status=queued"));
        Assert.Equal([a], await List("?priority=high"));
        Assert.Equal([a], await List("?status=queued&service=one&operation=one.write&priority=high"));
        Assert.Empty(await List("?service=three"));
        Assert.Equal([c, b], await List($"?created_after={DateTimeOffset.UtcNow.AddMinutes(-30):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Equal([c, b], await List($"?created_after={Uri.EscapeDataString(DateTimeOffset.UtcNow.AddMinutes(-30).ToOffset(TimeSpan.FromHours(5)).ToString("yyyy-MM-ddTHH:mm:ss.fffzzz"))}"));
        Assert.Empty(await List($"?created_after={DateTimeOffset.UtcNow.AddMinutes(30):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Equal([c], await List("?limit=1"));
        Assert.Empty(await List($"?created_before={DateTimeOffset.UtcNow.AddHours(-2):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Equal([c, b, a], await List($"?created_before={DateTimeOffset.UtcNow.AddMinutes(30):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Equal([b], await List("?error=CANCELLED"));
        Assert.Equal([c, b, a], await List("?client=local"));
        Assert.Empty(await List("?client=another"));
        var d = await Submit("one.read", new { idempotency_key = "a key of mine" });
        Assert.Equal([d], await List("?idempotency_key=a%20key%20of%20mine"));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", 1)]
    [InlineData("1969-12-31T23:59:59Z", 1)]
    [InlineData("2020-02-29", 1)]
    [InlineData("9999-12-31T23:59:59Z", 0)]
    public async Task Any_time_is_a_filter(string time, int expected)
    {
        await Api.Submit("one.write");
        Assert.Equal(expected, (await List($"?created_after={time}")).Length);
    }

    [Fact]
    public async Task Pages_show_every_request_once_while_others_are_added()
    {
        var old = new List<string>();
        for (var i = 0; i < 25; i++) old.Add(await Submit("one.write"));
        await Api.Submit("two.write");

        var seen = new List<string>();
        var sizes = new List<int>();
        for (var next = $"{Path}?limit=7&service=one&status=queued"; next is not null;)
        {
            using var page = await Api.Get(next);
            var json = await RiqApi.Json(page);
            var tokens = json.GetProperty("items").EnumerateArray().Select(i => i.Text("token")!).ToArray();
            seen.AddRange(tokens);
            sizes.Add(tokens.Length);
            next = LinkTo("next", page);
            Assert.Equal(next is not null, json.TryGetProperty("next_cursor", out _));
            await Submit("one.write");
        }
        Assert.Equal([7, 7, 7, 4], sizes);
        Assert.Equal(Enumerable.Reverse(old), seen);
    }

    [Fact]
    public async Task The_last_page_is_known_to_be_the_last()
    {
        for (var i = 0; i < 4; i++) await Api.Submit("one.write");
        using var full = await Api.Get($"{Path}?limit=4");
        Assert.Null(LinkTo("next", full));
        using var half = await Api.Get($"{Path}?limit=2");
        using var rest = await Api.Get(LinkTo("next", half)!);
        Assert.Equal(2, (await RiqApi.Json(rest)).GetProperty("items").GetArrayLength());
        Assert.Null(LinkTo("next", rest));
    }

    [Fact]
    public async Task Text_that_looks_like_SQL_is_only_text()
    {
        await Api.Submit("one.write");
        Assert.Empty(await List("?service=" + Uri.EscapeDataString("one' or '1'='1")));
        Assert.Empty(await List("?operation=" + Uri.EscapeDataString("$1; drop table queue_requests; --")));
        Assert.Single(await List());
    }

    static string? LinkTo(string relation, HttpResponseMessage answer)
    {
        if (answer.Header("Link") is not { } link) return null;
        var parts = link.Split(';', StringSplitOptions.TrimEntries);
        Assert.Equal($"rel=\"{relation}\"", parts[1]);
        return parts[0].Trim('<', '>');
    }
}
