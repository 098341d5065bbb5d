using System.Text.Json;
using Riq.Client.Http;

namespace Riq.Cli.CommandLine;

/// <summary>The parts of RIQ's interface that are for people: lists, dead letters, services. Answers stay JSON.</summary>
sealed class OperatorApi(ApiCalls calls)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public Task<JsonElement> Get(string path, CancellationToken cancellation) => Call(HttpMethod.Get, path, body: null, cancellation);

    public Task<JsonElement> Post(string path, object? body, CancellationToken cancellation) => Call(HttpMethod.Post, path, body, cancellation);

    public Task Delete(string path, CancellationToken cancellation) => Call(HttpMethod.Delete, path, body: null, cancellation);

    /// <summary>Every page of a list, item by item.</summary>
    public async IAsyncEnumerable<JsonElement> Items(string path, int limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        const int mostPerPage = 100;
        for (string? cursor = null; limit > 0;)
        {
            var page = await Get($"{path}{(path.Contains('?') ? '&' : '?')}limit={Math.Min(limit, mostPerPage)}{(cursor is null ? "" : $"&cursor={cursor}")}", cancellation);
            foreach (var item in page.GetProperty("items").EnumerateArray())
                if (limit-- > 0) yield return item;
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
            if (cursor is null) yield break;
        }
    }

    // Commands of operators may be repeated: what is done already is refused as such.
    async Task<JsonElement> Call(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        var answer = await calls.Send(_ => new(method, HttpQueueGateway.Path(path)) { Content = body is null ? null : ApiCalls.Body(JsonSerializer.SerializeToElement(body, Contracts.RiqJson.Options)) },
            HttpQueueGateway.NotHeld, Patience, cancellation);
        if (answer.Ok || answer.Status == 204) return answer.Json;
        var refusal = answer.AsRefusal();
        throw new CommandException(refusal.ToString(), ExitCodes.Of(refusal.Kind));
    }
}
