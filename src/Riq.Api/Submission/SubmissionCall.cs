using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Statistics;
using Riq.Engine.Submission;
using Riq.Engine;

namespace Riq.Api.Submission;

/// <summary>What the two submitting endpoints have in common.</summary>
static class SubmissionCall
{
    const int TraceparentLength = 55;

    public static SubmissionOrigin Origin(HttpContext http, ProblemList problems) =>
        new(Authentication.ClientOf(http), Key(http.Request, problems), Traceparent(http.Request));

    /// <summary>Whether so many wait for the service already that another one is refused.</summary>
    public static bool IsFull(string service, QueueStatistics statistics, RiqOptions options) => statistics.Depth(service) >= options.Of(service).MaxDepth;

    // Quoted as the IETF draft has it, or bare as most clients send it.
    static string? Key(HttpRequest request, ProblemList problems)
    {
        if (!request.Headers.TryGetValue("Idempotency-Key", out var header)) return null;
        var text = header.ToString();
        var key = text.Length >= 2 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text;
        if (header.Count > 1 || key.Length is 0 or > SubmissionReader.MaxKeyLength) problems.Add("Idempotency-Key", $"must be one value of 1 to {SubmissionReader.MaxKeyLength} characters.");
        return key;
    }

    // Nothing but the W3C form of version 00 is kept; anything else is as good as absent.
    static string? Traceparent(HttpRequest request)
    {
        var text = request.Headers.TraceParent.ToString();
        return RequestTrace.Submission(text.Length == TraceparentLength && System.Diagnostics.ActivityContext.TryParse(text, null, out _) ? text : null);
    }
}
