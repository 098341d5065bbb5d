using System.Globalization;
using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>The issues that a search must see as they are now, although Jira's index lags: <c>reconcileIssues</c> takes their numbers.</summary>
sealed class ReconciledIssues(ServiceClient client)
{
    /// <summary>Jira's own bound.</summary>
    public const int Most = 50;

    /// <summary>The numbers of the issues that the results of writes are about. A key whose number no result tells is asked for: issues are read without the index.</summary>
    public async Task<AdapterResult<IReadOnlyList<long>>> Of(IReadOnlyList<JsonElement> written, CancellationToken cancellation)
    {
        var numbers = new List<long>();
        foreach (var result in written.Take(Most))
        {
            if (Number(result.Text("external_id")) is { } told) { numbers.Add(told); continue; }
            // A comment's result names its task; every other one is the task.
            if ((result.Text("task_id") ?? result.Text("id")) is not { } name || TaskKey.Read(name) is not { } key) continue;
            if (Number(key) is { } number) { numbers.Add(number); continue; }
            var answer = await client.Send(Call.Get($"/rest/api/3/issue/{key}?fields=id"), cancellation);
            if (answer.Status == 404) continue;   // deleted: there is nothing to be seen
            if (!answer.Ok) return answer.Failure<IReadOnlyList<long>>();
            if (Number(answer.Json.Text("id")) is { } asked) numbers.Add(asked);
        }
        return AdapterResult<IReadOnlyList<long>>.Ok([.. numbers.Distinct()]);
    }

    static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
