using System.Text.RegularExpressions;
using System.Globalization;
using System.Text;

namespace Riq.Adapters.Texts;

/// <summary>Writes blocks as Markdown that reads back as the same blocks.</summary>
static partial class MarkdownWriter
{
    public static string Write(IReadOnlyList<TextBlock> blocks) => string.Join("\n", Lines(blocks)).Trim('\n');

    static List<string> Lines(IReadOnlyList<TextBlock> blocks)
    {
        var lines = new List<string>();
        TextBlock? before = null;
        var alternate = false;
        foreach (var block in blocks)
        {
            // Two lists in a row would read back as one: the second takes the other marker.
            alternate = block is ItemList list && before is ItemList other && (list.Start is null) == (other.Start is null) && !alternate;
            var written = LinesOf(block, alternate);
            if (written.Count == 0) continue;
            if (lines.Count > 0) lines.Add("");
            lines.AddRange(written);
            before = block;
        }
        return lines;
    }

    static List<string> LinesOf(TextBlock block, bool alternate) => block switch
    {
        Paragraph p => SplitNonEmpty(InlineWriter.Write(p.Spans)),
        Heading h => InlineWriter.WriteLine(h.Spans) is { Length: > 0 } text ? [$"{new string('#', Math.Clamp(h.Level, 1, 6))} {EndOfHeading(text)}"] : [],
        Code c => CodeLines(c),
        Quote q => [.. Lines(q.Blocks).Select(l => l.Length == 0 ? ">" : "> " + l)],
        ItemList l => ListLines(l, alternate),
        Rule => ["---"],
        TextTable t => TableLines(t),
        _ => [],
    };

    static List<string> SplitNonEmpty(string text) => text.Length == 0 ? [] : [.. text.Split('\n')];

    // A heading's closing number signs are decoration to Markdown.
    static string EndOfHeading(string text) => text.EndsWith('#') ? text[..^1] + "\\#" : text;

    static List<string> CodeLines(Code code)
    {
        var longest = LongestRun(code.Text, '`');
        var fence = new string('`', Math.Max(3, longest + 1));
        var language = code.Language is { } l && !l.AsSpan().ContainsAny("`\r\n \t") ? l : "";
        return [fence + language, .. code.Text.ReplaceLineEndings("\n").Split('\n'), fence];
    }

    public static int LongestRun(string text, char c)
    {
        var (longest, run) = (0, 0);
        foreach (var x in text) longest = Math.Max(longest, run = x == c ? run + 1 : 0);
        return longest;
    }

    static List<string> ListLines(ItemList list, bool alternate)
    {
        var lines = new List<string>();
        var number = list.Start;
        foreach (var item in list.Items)
        {
            var marker = number is { } n ? n.ToString(CultureInfo.InvariantCulture) + (alternate ? ") " : ". ") : alternate ? "* " : "- ";
            var indent = new string(' ', marker.Length);
            var inner = ItemLines(item);
            if (inner.Count == 0) inner.Add("");
            for (var i = 0; i < inner.Count; i++) lines.Add(i == 0 ? (marker + inner[0]).TrimEnd() : inner[i].Length == 0 ? "" : indent + inner[i]);
            number++;
        }
        return lines;
    }

    // A list under an item's paragraph stays tight; anything else takes a blank line as usual.
    static List<string> ItemLines(IReadOnlyList<TextBlock> item) =>
        item is [Paragraph first, ItemList { Start: null or 1 } nested] && LinesOf(first, false) is { Count: > 0 } text
            ? [.. text, .. ListLines(nested, false)]
            : Lines(item);

    static List<string> TableLines(TextTable table)
    {
        var width = table.Rows.Count == 0 ? 0 : table.Rows.Max(r => r.Count);
        if (width == 0) return [];
        var lines = table.Rows.Select(row => Row(Enumerable.Range(0, width).Select(i => i < row.Count ? Cell(row[i]) : ""))).ToList();
        lines.Insert(1, Row(Enumerable.Repeat("---", width)));
        return lines;
    }

    static string Row(IEnumerable<string> cells) => new StringBuilder("| ").AppendJoin(" | ", cells).Append(" |").ToString();

    static string Cell(IReadOnlyList<Span> spans) => BarePipe().Replace(InlineWriter.WriteLine(spans), "\\|");

    // Those in text are escaped already; those in code are not.
    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex BarePipe();
}
