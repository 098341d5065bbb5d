using System.Globalization;
using Riq.Api.Http;
using Riq.Contracts;
using Riq.Engine.DeadLetters;

namespace Riq.Api.DeadLetters;

/// <summary>Reads the query of the list of dead letters, of its groups, and of what is done to many at once.</summary>
static class DeadLetterQuery
{
    const int FingerprintLength = 16;

    static readonly string[] Filters = ["service", "operation", "code", "fingerprint", "tier", "created_after", "failed_after"];

    /// <summary>The filters and nothing but these and <paramref name="others"/>.</summary>
    public static DeadLetterFilter Read(IQueryCollection query, string? client, ProblemList problems, params string[] others)
    {
        ListQuery.CheckNames(query, [.. Filters, .. others], problems);
        return new(client)
        {
            Service = ListQuery.Text(query, "service", problems), Operation = ListQuery.Text(query, "operation", problems), Code = ListQuery.Text(query, "code", problems),
            Fingerprint = Fingerprint(query, problems), Tier = Number(query, "tier", 1, 3, problems),
            CreatedAfter = ListQuery.Time(query, "created_after", problems), FailedAfter = ListQuery.Time(query, "failed_after", problems),
        };
    }

    public static int? Number(IQueryCollection query, string name, int least, int most, ProblemList problems)
    {
        if (!query.TryGetValue(name, out var value)) return null;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        problems.Add(name, $"must be a whole number from {least} to {most}.");
        return null;
    }

    public static bool Flag(IQueryCollection query, string name, ProblemList problems)
    {
        if (!query.TryGetValue(name, out var value)) return false;
        if (value.ToString() is not ("true" or "false")) problems.Add(name, "must be true or false.");
        return value.ToString() == "true";
    }

    public static bool IsFingerprint(string text) => text.Length == FingerprintLength && text.All(char.IsAsciiHexDigitLower);

    static string? Fingerprint(IQueryCollection query, ProblemList problems)
    {
        if (!query.TryGetValue("fingerprint", out var value)) return null;
        if (!IsFingerprint(value.ToString())) problems.Add("fingerprint", "must be the fingerprint of a group, 16 hexadecimal digits.");
        return value;
    }
}
