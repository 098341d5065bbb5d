using System.Globalization;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Engine;
using Riq.Engine.Security;

namespace Riq.Api.Submission;

/// <summary>Refuses the submissions of a client that has used up its minute.</summary>
sealed class SubmissionQuota(Quotas quotas, RiqOptions options)
{
    /// <summary>Null when the caller may submit so many now; they count from then on, whatever becomes of them.</summary>
    public async ValueTask<IResult?> Refusal(HttpContext http, int count)
    {
        var caller = Caller.Of(http);
        if ((caller.Quota ?? options.SubmissionsPerMinute) is not { } perMinute || count == 0) return null;
        if (count > perMinute) return Problems.LargerThanQuota(count, perMinute).Answer();
        if (await quotas.Take(caller.Client, perMinute, count) is not { } wait) return null;
        http.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problems.QuotaExceeded(perMinute).Answer();
    }
}
