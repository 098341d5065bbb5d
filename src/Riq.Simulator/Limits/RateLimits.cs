using Riq.Simulator.Exchange;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Limits;

/// <summary>
/// The three limits of the cloud at once: bursts of an endpoint, writes to one issue, points in an hour. A refused call was
/// not executed. Data Center has its own, one bucket per user.
/// </summary>
sealed class RateLimits(Func<string, IssueWrites?> writesOfIssue)
{
    readonly PointsLedger _jira = new(), _confluence = new();
    readonly System.Collections.Concurrent.ConcurrentDictionary<string, TokenBucket> _dataCenterUsers = [];

    public PointsLedger Points(Product product) => product == Product.Confluence ? _confluence : _jira;

    /// <summary>The refusal of the first limit that the call breaks, or null; <paramref name="headers"/> are for its answer then.</summary>
    public Answer? Refuse(Call call, out KeyValuePair<string, string>[] headers)
    {
        headers = [];
        var limits = call.Settings.Limits;
        if (!limits.Enabled || call.Route.Product == Product.Auth) return null;
        if (call.DataCenter) return RefuseUser(call, limits);
        if (RefusePoints(call, limits) is { } overQuota) return overQuota;
        if (call.Route.Product == Product.Confluence) return null;
        return RefuseBurst(call, limits, out headers) ?? RefuseIssue(call, limits);
    }

    public void Spend(Call call, Answer answer)
    {
        if (call.Route.Product != Product.Auth && CountsPoints(call, call.Settings.Limits)) Points(call.Route.Product).Spend(call.At, answer.Points);
    }

    public void Reset()
    {
        _jira.Reset();
        _confluence.Reset();
        _dataCenterUsers.Clear();
    }

    public static int BurstLimit(string method, LimitSettings limits) => method is "PUT" or "DELETE" ? limits.BurstPerSecondOfEdits : limits.BurstPerSecond;

    /// <summary>The fault <c>burst</c>: empties the bucket of the call's endpoint for a while and refuses the call, also when limits are off.</summary>
    public static Answer ShutBurst(Call call, TimeSpan time)
    {
        call.Route.Burst.Shut(call.WorkAt + time);
        return LimitAnswers.TooMany(call.Route.Product, LimitAnswers.Burst, BurstLimit(call.Method, call.Settings.Limits), TimeSpan.FromSeconds(1), time, call.WorkAt);
    }

    static bool CountsPoints(Call call, LimitSettings limits) => limits.Enabled && (call.IsApp || limits.PointsForApiTokens);

    Answer? RefusePoints(Call call, LimitSettings limits)
    {
        if (limits.PointsPerHour == 0 || !CountsPoints(call, limits)) return null;
        var hour = Points(call.Route.Product).At(call.At);
        if (hour.Points < limits.PointsPerHour) return null;
        var reason = call.Route.Product == Product.Confluence ? LimitAnswers.ConfluenceQuota : LimitAnswers.JiraQuota;
        return LimitAnswers.TooMany(call.Route.Product, reason, limits.PointsPerHour, TimeSpan.FromHours(1), hour.Until - call.At, call.At);
    }

    static Answer? RefuseBurst(Call call, LimitSettings limits, out KeyValuePair<string, string>[] headers)
    {
        var limit = BurstLimit(call.Method, limits);
        var taken = call.Route.Burst.Take(call.At, limit, limit);
        headers = taken.Passed ? LimitAnswers.Left(limit, taken.Left) : [];
        return taken.Passed ? null : LimitAnswers.TooMany(Product.Jira, LimitAnswers.Burst, limit, TimeSpan.FromSeconds(1), taken.Wait, call.At);
    }

    Answer? RefuseIssue(Call call, LimitSettings limits)
    {
        if (!call.Route.IsWrite || call.Segment("key") is not { Length: > 0 } key || writesOfIssue(key) is not { } writes) return null;
        return writes.Take(call.At, limits) is { } wait
            ? LimitAnswers.TooMany(Product.Jira, LimitAnswers.PerIssue, limits.IssueWritesIn2Seconds, TimeSpan.FromSeconds(2), wait, call.At)
            : null;
    }

    Answer? RefuseUser(Call call, LimitSettings limits)
    {
        var bucket = _dataCenterUsers.GetOrAdd(call.Account.Name, _ => new());
        var taken = bucket.Take(call.At, limits.DataCenterBucket, limits.DataCenterFillRate);
        return taken.Passed ? null : LimitAnswers.DataCenterTooMany(limits.DataCenterBucket, limits.DataCenterFillRate, taken.Wait);
    }
}
