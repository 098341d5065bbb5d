using System.Net.Http.Json;
using System.Text.Json;

namespace Riq.EndToEndTests;

/// <summary>What the simulator knows of its callers, and what it is told to do to them.</summary>
sealed class Simulator(HttpClient http)
{
    /// <summary>The ids of the objects that each request (by its token) has brought about.</summary>
    public async Task<Dictionary<string, string[]>> Effects() =>
        (await http.GetFromJsonAsync<Dictionary<string, string[]>>(new Uri("/__sim/effects", UriKind.Relative)))!;

    public async Task AddFault(object rule)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("/__sim/faults", UriKind.Relative), rule);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<JsonElement> Ledger() => await http.GetFromJsonAsync<JsonElement>(new Uri("/__sim/ledger", UriKind.Relative));
}
