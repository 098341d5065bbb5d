using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>A page's numeric id. Nothing else may become part of a path.</summary>
static class PageId
{
    const int MaxDigits = 20;

    public static bool IsValid(string text) => text.Length is > 0 and <= MaxDigits && text.All(char.IsAsciiDigit);

    public static AdapterResult<T> Refused<T>(string field, string given) =>
        Http.Answer.Refused<T>($"{field} must be a page's numeric id; it is '{ProblemList.Printable(given)}'.");
}
