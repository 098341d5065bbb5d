using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Riq.Engine.Storage;

namespace Riq.Api.Http;

/// <summary>The outermost frame of every call: whatever goes wrong becomes one clear problem, and the details stay in the log.</summary>
sealed partial class Failures(RequestDelegate next, ILogger<Failures> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            // Routing's own refusals have headers to keep: Allow.
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null }) await Plain(http.Response.StatusCode).Answer().ExecuteAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested) { http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; }
        catch (Exception e) when (!http.Response.HasStarted) { await Answer(http, Of(e)); }
    }

    Problem Of(Exception e)
    {
        if (e is BadHttpRequestException bad) return bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? Problems.TooLarge() : Plain(bad.StatusCode);
        if (Database.IsOutage(e)) { Outage.DatabaseAway(log, e.Message); return Problems.DatabaseAway(); }
        Failed(log, e);
        return Problems.Internal();
    }

    static Task Answer(HttpContext http, Problem problem)
    {
        http.Response.Clear();
        if (problem.Status == StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = Problems.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return problem.Answer().ExecuteAsync(http);
    }

    static Problem Plain(int status) => status switch
    {
        404 => new(404, "There is nothing here", "The interface is described at /docs."),
        405 => new(405, "The method is not allowed here", "The interface is described at /docs."),
        _ => new(status, ReasonPhrases.GetReasonPhrase(status), $"The request was refused ({(HttpStatusCode)status}). The interface is described at /docs."),
    };

    [LoggerMessage(301, LogLevel.Error, "A call of the REST interface failed; this is a fault of RIQ.")]
    static partial void Failed(ILogger log, Exception e);
}
