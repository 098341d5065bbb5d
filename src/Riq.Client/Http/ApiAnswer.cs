using System.Net.Http.Headers;
using System.Text.Json;
using Riq.Contracts;

namespace Riq.Client.Http;

/// <summary>One answer of RIQ's API, read to its end; or that there was none.</summary>
/// <param name="Status">Null when there was no answer.</param>
/// <param name="Json">Undefined when the body was no JSON.</param>
/// <param name="Trouble">Why there was no answer.</param>
sealed record ApiAnswer(int? Status, JsonElement Json, string? Trouble = null)
{
    public TimeSpan? RetryAfter { get; init; }
    public bool Ok => Status is >= 200 and < 300 && Json.ValueKind == JsonValueKind.Object;

    public static ApiAnswer None(string trouble) => new(null, default, trouble);

    public static async Task<ApiAnswer> Read(HttpResponseMessage answer, CancellationToken cancellation) =>
        new((int)answer.StatusCode, Parse(await answer.Content.ReadAsByteArrayAsync(cancellation))) { RetryAfter = DelayOf(answer.Headers) };

    static TimeSpan? DelayOf(HttpResponseHeaders headers) => headers.RetryAfter switch
    {
        { Delta: { } delay } => delay,
        // Of two clocks the answer's own is the one that the date was taken from.
        { Date: { } date } when headers.Date is { } now => date > now ? date - now : TimeSpan.Zero,
        _ => null,
    };

    static JsonElement Parse(byte[] body)
    {
        try { return body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body); }
        catch (JsonException) { return default; }
    }

    /// <summary>The answer as a refusal; only when it is not <see cref="Ok"/>.</summary>
    public QueueRefusal AsRefusal() => Status is not { } status
        ? new(RefusalKind.Unavailable, "RIQ did not answer", $"{Trouble} Try again later; a submission with the same idempotency key.")
        : Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("title", out _)
            ? OfProblem(Json, status) with { RetryAfter = RetryAfter }
            : new(KindOf(status), $"RIQ answered {status}", "The answer is none of RIQ's own: look at what lies between, e.g. a proxy, and at the address.") { Status = status, RetryAfter = RetryAfter };

    /// <summary>A problem (RFC 9457), also one of a batch.</summary>
    public static QueueRefusal OfProblem(JsonElement problem, int status) => new(KindOf(status), Text(problem, "title"), Text(problem, "detail"))
    {
        Status = status,
        Errors = problem.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object
            ? errors.Deserialize<Dictionary<string, string[]>>() ?? [] : [],
    };

    static string Text(JsonElement problem, string name) => problem.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    public static RefusalKind KindOf(int status) => status switch
    {
        401 or 403 => RefusalKind.NotAllowed,
        404 => RefusalKind.NotFound,
        409 => RefusalKind.Conflict,
        429 => RefusalKind.Busy,
        408 or 425 or >= 500 => RefusalKind.Unavailable,
        _ => RefusalKind.Invalid,
    };
}
