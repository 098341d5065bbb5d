using System.Text.RegularExpressions;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>An issue's key (<c>MD-123</c>, any case) or numeric id. Nothing else may become part of a path.</summary>
static partial class TaskKey
{
    [GeneratedRegex(@"\A(?:[A-Za-z][A-Za-z0-9_]{0,99}-)?[0-9]{1,18}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    /// <summary>The key in capitals or the numeric id; null when <paramref name="text"/> is neither.</summary>
    public static string? Read(string text) => Shape().IsMatch(text.Trim()) ? text.Trim().ToUpperInvariant() : null;

    public static bool IsNumeric(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    public static AdapterResult<T> Refused<T>(string field, string given) =>
        Http.Answer.Refused<T>($"{field} must be an issue key such as MD-123 or a numeric id; it is '{ProblemList.Printable(given)}'.");
}
