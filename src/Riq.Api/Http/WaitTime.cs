using System.Globalization;
using Riq.Contracts;

namespace Riq.Api.Http;

/// <summary>How long a client is ready to wait for the end of its request: <c>?wait=N</c>, or on submit <c>Prefer: wait=N</c> (RFC 7240).</summary>
static class WaitTime
{
    public const int MaxSeconds = 60;

    /// <summary>Null when nothing was asked for; faults are added to <paramref name="problems"/>.</summary>
    public static TimeSpan? Read(HttpRequest request, ProblemList problems, bool orPreference = false)
    {
        if (request.Query.TryGetValue("wait", out var given)) return Parse("wait", given.ToString(), problems);
        if (!orPreference) return null;
        foreach (var preference in request.Headers.GetCommaSeparatedValues("Prefer").SelectMany(p => p.Split(';', StringSplitOptions.TrimEntries)))
            if (preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)) return Parse("Prefer", preference[5..].Trim('"'), problems);
        return null;
    }

    static TimeSpan? Parse(string field, string text, ProblemList problems)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxSeconds) return TimeSpan.FromSeconds(seconds);
        problems.Add(field, $"must ask for a whole number of seconds from 0 to {MaxSeconds}.");
        return null;
    }
}
