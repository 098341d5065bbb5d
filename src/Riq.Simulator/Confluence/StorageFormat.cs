using System.Text.RegularExpressions;
using System.Xml;

namespace Riq.Simulator.Confluence;

/// <summary>Storage format is XHTML with Confluence's own elements; like the real thing, what is not well-formed is refused.</summary>
static partial class StorageFormat
{
    const string Open = "<root xmlns:ac=\"ac\" xmlns:ri=\"ri\">", Close = "</root>";

    /// <summary>What is wrong with it; null when it is right.</summary>
    public static string? Problem(string value)
    {
        if (value.AsSpan().IndexOfAny('<', '&') < 0) return null;
        try
        {
            using var reader = XmlReader.Create(new StringReader(Open + Entity().Replace(value, " ") + Close), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (reader.Read()) { /* reading to the end is the check */ }
            return null;
        }
        catch (XmlException wrong) { return $"Error parsing xhtml: {wrong.Message}"; }
    }

    /// <summary>The text without its markup, for text searches.</summary>
    public static string Text(string value) => System.Net.WebUtility.HtmlDecode(Tag().Replace(value, " "));

    /// <summary>HTML's named entities are right in storage format and unknown to XML.</summary>
    [GeneratedRegex("&[A-Za-z]+;")]
    private static partial Regex Entity();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
