using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.DeadLetters;

/// <summary>What operators note on groups of dead letters, and how many died when.</summary>
public sealed class NoteTests : IAsyncLifetime
{
    const string Groups = "/api/queue/dead-letters/groups", Operator = "riq_operator_0123456789abcdef0123456789abcdef", Client = "riq_client_0123456789abcdef0123456789abcdef";

    RiqCluster _riq = null!;
    string _fingerprint = "";

    static string Hash(string key, string scopes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))} {scopes}";

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        _riq.With("ApiKeys:operator", Hash(Operator, "submit,read,operate")).With("ApiKeys:client", Hash(Client, "submit,read"));
        await _riq.StartWorker();
        await _riq.StartApi();
        _riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503));
        using var submitted = await Send(HttpMethod.Post, "/api/queue/submit", """{"operation":"fake.read","payload":{"text":"x"},"max_retries":0}""", Client);
        var token = (await RiqApi.Json(submitted)).Text("token");
        using var ended = await Send(HttpMethod.Get, $"/api/queue/result/{token}?wait=60", key: Client);
        Assert.Equal("dead", (await RiqApi.Json(ended)).Text("status"));
        _fingerprint = (await Group(Operator)).Text("fingerprint")!;
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    Task<HttpResponseMessage> Send(HttpMethod method, string path, string? body = null, string key = Operator)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Headers = { Authorization = new("Bearer", key) } };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return _riq.Api.Http.SendAsync(request);
    }

    async Task<JsonElement> Group(string key)
    {
        using var answer = await Send(HttpMethod.Get, Groups, key: key);
        return (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray().Single();
    }

    Task<HttpResponseMessage> Note(string text) => Send(HttpMethod.Post, $"{Groups}/{_fingerprint}/notes", JsonSerializer.Serialize(new { text }));

    [Fact]
    public async Task A_note_is_seen_by_operators_in_the_trail_and_can_be_removed()
    {
        using (var noted = await Note("  Ask the platform team.\nTicket 7.  ")) Assert.Equal(HttpStatusCode.OK, noted.StatusCode);
        using (var second = await Note("Mended on Monday.")) Assert.Equal("operator", (await RiqApi.Json(second)).Text("by"));
        var notes = (await Group(Operator)).GetProperty("notes").EnumerateArray().ToArray();
        Assert.Equal(["Mended on Monday.", "Ask the platform team.\nTicket 7."], notes.Select(n => n.Text("text")));
        Assert.False((await Group(Client)).TryGetProperty("notes", out _));

        var path = $"{Groups}/{_fingerprint}/notes/{notes[0].GetProperty("id").GetInt64()}";
        using (var gone = await Send(HttpMethod.Delete, path)) Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        using (var again = await Send(HttpMethod.Delete, path)) Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Single((await Group(Operator)).GetProperty("notes").EnumerateArray());
        Assert.Equal(["note_added operator", "note_added operator", "note_removed operator"],
            await _riq.Database.List("select action || ' ' || by from audit_entries where action like 'note%' and target = $1 order by id", r => r.GetString(0), _fingerprint));
    }

    [Fact]
    public async Task A_group_has_at_most_20_notes_and_an_unknown_one_none()
    {
        for (var i = 0; i < 20; i++) using (var noted = await Note($"Note {i}")) Assert.True(noted.IsSuccessStatusCode);
        await Refusal.Of(Note("One more"), HttpStatusCode.Conflict);
        await Refusal.Of(Send(HttpMethod.Post, $"{Groups}/0123456789abcdef/notes", """{"text":"x"}"""), HttpStatusCode.NotFound);
        await Refusal.Of(Send(HttpMethod.Post, $"{Groups}/nothing/notes", """{"text":"x"}"""), HttpStatusCode.NotFound);
        await Refusal.Of(Send(HttpMethod.Post, $"{Groups}/{_fingerprint}/notes", """{"text":"x"}""", Client), HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("""{"text":"  "}"""), InlineData("""{"text":7}"""), InlineData("""{"note":"x"}"""), InlineData("""{"text":"a\u0000b"}"""), InlineData("[]")]
    public async Task A_note_that_says_nothing_is_refused(string body) => await Refusal.Of(Send(HttpMethod.Post, $"{Groups}/{_fingerprint}/notes", body), HttpStatusCode.BadRequest);

    [Fact]
    public async Task A_note_that_is_too_long_is_refused() => await Refusal.Of(Note(new string('x', 1_001)), HttpStatusCode.BadRequest);

    [Fact]
    public async Task How_many_died_is_told_for_each_of_the_last_24_hours()
    {
        await _riq.Database.Execute("""
            update queue_requests set completed_at = now() - interval '150 minutes';
            insert into queue_requests(id, client_id, operation, service, payload, priority, status, payload_hash, created_at, updated_at, completed_at, retry_count, max_retries, attempt, fire_and_forget, ready,
              pending_dependencies, deferrals, crashes, next_step, version, error)
            select gen_random_uuid(), client_id, operation, service, payload, priority, status, '', created_at, now(), now() - h * interval '1 hour', 0, 0, 1, false, true, 0, 0, 0, 'execute', 3, error
            from queue_requests, unnest(array[0.5, 0.5, 5.5, 23.5, 24.5, 90]) h
            """);
        var group = await Group(Operator);
        Assert.Equal((7, 2), (group.GetProperty("count").GetInt32(), group.GetProperty("last_hour").GetInt32()));
        var expected = new int[24];
        (expected[23], expected[21], expected[18], expected[0]) = (2, 1, 1, 1);
        Assert.Equal(expected, group.GetProperty("per_hour").EnumerateArray().Select(n => n.GetInt32()));
        Assert.Equal("rising", group.Text("trend"));
    }
}
