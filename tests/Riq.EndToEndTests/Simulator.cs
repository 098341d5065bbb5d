using System.Net.Http.Json;
using System.Text.Json;

namespace Riq.EndToEndTests;

/// <summary>What the simulator knows of its callers, and what it is told to do to them.</summary>
sealed class Simulator(HttpClient http)
{
    /// <summary>One call as the simulator saw it arrive.</summary>
    public sealed record Row(DateTime Time, string Worker, string Method, string Path, int Status, bool Committed, string? Marker);

    /// <summary>The ids of the objects that each request (by its token) has brought about.</summary>
    public async Task<Dictionary<string, string[]>> Effects() =>
        (await http.GetFromJsonAsync<Dictionary<string, string[]>>(new Uri("/__sim/effects", UriKind.Relative)))!;

    public async Task AddFault(object rule)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("/__sim/faults", UriKind.Relative), rule);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>How many calls the rules have hit, in the order in which they were added.</summary>
    public async Task<int[]> FaultHits() =>
        [.. (await http.GetFromJsonAsync<JsonElement>(new Uri("/__sim/faults", UriKind.Relative))).EnumerateArray().Select(f => f.GetProperty("hits").GetInt32())];

    /// <summary>Everything is well again.</summary>
    public async Task RemoveFaults()
    {
        using var answer = await http.DeleteAsync(new Uri("/__sim/faults", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    public async Task<JsonElement> Ledger() => await http.GetFromJsonAsync<JsonElement>(new Uri("/__sim/ledger", UriKind.Relative));

    /// <summary>Every call that is still in the ledger.</summary>
    public async Task<Row[]> Calls() =>
        [.. (await http.GetFromJsonAsync<JsonElement>(new Uri("/__sim/ledger?limit=1000000", UriKind.Relative))).GetProperty("rows").EnumerateArray().Select(r => new Row(
            r.GetProperty("time").GetDateTimeOffset().UtcDateTime, r.GetProperty("worker").GetString()!, r.GetProperty("method").GetString()!, r.GetProperty("path").GetString()!,
            r.GetProperty("status").GetInt32(), r.GetProperty("committed").GetBoolean(), r.GetProperty("marker").GetString()))];

    /// <summary>Fails with the assertion's own words when the callers did not behave.</summary>
    public async Task AssertHolds(string name)
    {
        var all = await http.GetFromJsonAsync<JsonElement>(new Uri("/__sim/ledger/assertions", UriKind.Relative));
        var assertion = all.GetProperty("assertions").EnumerateArray().Single(a => a.GetProperty("name").GetString() == name);
        Assert.True(assertion.GetProperty("ok").GetBoolean(), assertion.ToString());
    }
}
