using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Api.Http;

/// <summary>Reads the parameters of lists; what is wrong with one goes to the problems.</summary>
static class ListQuery
{
    const int DefaultLimit = 50;
    const int LongestText = 100;
    static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public static string NextPage(HttpRequest request, string cursor)
    {
        var query = new QueryBuilder(request.Query.Where(q => q.Key != "cursor").SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v ?? ""))) { { "cursor", cursor } };
        return request.Path + query.ToString();
    }

    /// <summary>Names parameters that the list does not have.</summary>
    public static void CheckNames(IQueryCollection query, string[] names, ProblemList problems)
    {
        foreach (var name in query.Keys.Where(k => !names.Contains(k)))
            problems.Add(ProblemList.Printable(name), $"is not a parameter of the list. The parameters are: {string.Join(", ", names)}.");
    }

    public static string? Text(IQueryCollection query, string name, ProblemList problems)
    {
        if (!query.TryGetValue(name, out var value)) return null;
        var text = value.ToString();
        if (text.Length is 0 or > LongestText || text.Contains('\0')) problems.Add(name, $"must have 1 to {LongestText} characters.");
        return text;
    }

    public static string? OneOf(IQueryCollection query, string name, IReadOnlyList<string> values, ProblemList problems)
    {
        if (!query.TryGetValue(name, out var value)) return null;
        if (!values.Contains(value.ToString())) problems.Add(name, $"must be one of: {string.Join(", ", values)}.");
        return value;
    }

    public static DateTime? Time(IQueryCollection query, string name, ProblemList problems)
    {
        if (!query.TryGetValue(name, out var value)) return null;
        // No request is older than the epoch, and no id can say so.
        if (DateTimeOffset.TryParseExact(value, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time < DateTimeOffset.UnixEpoch ? DateTime.UnixEpoch : time.UtcDateTime;
        problems.Add(name, "must be a time in ISO 8601, e.g. 2026-01-31T12:00:00Z.");
        return null;
    }

    public static Guid? Cursor(IQueryCollection query, ProblemList problems)
    {
        if (!query.TryGetValue("cursor", out var value)) return null;
        if (RequestToken.TryParse(value, out var id)) return id;
        problems.Add("cursor", "must be the next_cursor of an earlier page.");
        return null;
    }

    public static int Limit(IQueryCollection query, ProblemList problems)
    {
        if (!query.TryGetValue("limit", out var value)) return DefaultLimit;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= RequestReader.LargestPage) return limit;
        problems.Add("limit", $"must be a whole number from 1 to {RequestReader.LargestPage}.");
        return DefaultLimit;
    }
}
