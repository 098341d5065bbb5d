using System.Text.RegularExpressions;
using Riq.Adapters.Texts;

namespace Riq.Adapters.Confluence;

/// <summary>What clients give as a page's content: storage format when it begins with a tag, else Markdown.</summary>
static partial class PageContent
{
    [GeneratedRegex(@"\A\s*<[A-Za-z][A-Za-z0-9:._-]*(?:\s|/?>)", RegexOptions.CultureInvariant)]
    private static partial Regex BeginsWithTag();

    /// <summary>Null when <paramref name="problem"/> says what is wrong with it.</summary>
    public static string? ToStorage(string content, out string? problem)
    {
        problem = null;
        if (!BeginsWithTag().IsMatch(content))
        {
            var storage = MarkdownToStorage.Convert(content);
            if (storage is null) problem = $"content {MarkdownText.Refused}";
            return storage;
        }
        if (StorageXml.Parse(content, out var fault) is not null) return content;
        problem = $"content begins with a tag and is therefore taken as Confluence's storage format (XHTML), but it is not well-formed: {fault}";
        return null;
    }

    public static string ToMarkdown(string storage) => StorageToMarkdown.Convert(storage);
}
