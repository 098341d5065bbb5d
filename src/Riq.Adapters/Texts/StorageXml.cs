using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Riq.Adapters.Texts;

/// <summary>Confluence's storage format as XML: fragments with Atlassian's prefixes and HTML's named entities.</summary>
static partial class StorageXml
{
    [GeneratedRegex("&([A-Za-z][A-Za-z0-9]{1,31});", RegexOptions.CultureInvariant)]
    private static partial Regex NamedEntity();

    [GeneratedRegex(@"<!\[CDATA\[.*?\]\]>", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex CharacterData();

    static readonly string[] XmlEntities = ["amp", "lt", "gt", "quot", "apos"];

    static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, CheckCharacters = true };

    /// <summary>The fragment under one root element; null and the parser's <paramref name="problem"/> when it is not well-formed.</summary>
    public static XElement? Parse(string storage, out string? problem)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(Wrap(storage)), Settings);
            problem = null;
            return XElement.Load(reader, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException e)
        {
            problem = e.Message;
            return null;
        }
    }

    static string Wrap(string storage) =>
        $"<root xmlns:ac=\"ac\" xmlns:ri=\"ri\" xmlns:at=\"at\">{ResolveEntities(storage)}</root>";

    // XML knows five entities, storage format all of HTML's. Inside of CDATA they are plain text.
    static string ResolveEntities(string storage)
    {
        var resolved = new StringBuilder(storage.Length);
        var at = 0;
        foreach (Match data in CharacterData().Matches(storage))
        {
            resolved.Append(Resolve(storage[at..data.Index])).Append(data.Value);
            at = data.Index + data.Length;
        }
        return resolved.Append(Resolve(storage[at..])).ToString();
    }

    static string Resolve(string text) => NamedEntity().Replace(text, m =>
        XmlEntities.Contains(m.Groups[1].Value) ? m.Value : WebUtility.HtmlEncode(WebUtility.HtmlDecode(m.Value)));

    /// <summary>Without the characters that XML can't carry at all.</summary>
    public static string Sanitize(string text)
    {
        if (IsClean(text)) return text;
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (XmlConvert.IsXmlChar(text[i])) clean.Append(text[i]);
            else if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i])) clean.Append(text[i]).Append(text[++i]);
            else clean.Append('\uFFFD');
        }
        return clean.ToString();
    }

    static bool IsClean(string text)
    {
        foreach (var c in text) if (!XmlConvert.IsXmlChar(c)) return false;
        return true;
    }
}
