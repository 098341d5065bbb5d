using System.Text;

namespace Riq.Adapters.Texts;

/// <summary>Writes the spans of a paragraph as Markdown; what would mean something to Markdown is escaped.</summary>
static class InlineWriter
{
    static readonly (Marks Mark, string Sign)[] Signs = [(Marks.Strong, "**"), (Marks.Emphasis, "*"), (Marks.Strike, "~~")];

    /// <summary>Possibly several lines: a break is a line's end, which reads back as a break.</summary>
    public static string Write(IReadOnlyList<Span> spans)
    {
        var text = new StringBuilder();
        foreach (var line in SplitAtBreaks(spans))
        {
            var written = EscapeLineStart(Line(line).Trim());
            text.Append(written.Length > 0 ? written : "\\").Append('\n');   // an empty line would end the paragraph
        }
        return TrimEmptyLines(text);
    }

    /// <summary>One line: breaks become blanks, for headings and table cells.</summary>
    public static string WriteLine(IReadOnlyList<Span> spans) =>
        Line([.. spans.Select(s => s.IsBreak ? new Span(" ") : s)]).Trim();

    static string TrimEmptyLines(StringBuilder text)
    {
        var lines = text.ToString().TrimEnd('\n').Split('\n').AsSpan();
        while (lines.Length > 0 && lines[^1] == "\\") lines = lines[..^1];
        while (lines.Length > 0 && lines[0] == "\\") lines = lines[1..];
        return string.Join('\n', lines!);
    }

    static List<List<Span>> SplitAtBreaks(IReadOnlyList<Span> spans)
    {
        var lines = new List<List<Span>> { new() };
        foreach (var span in spans)
            if (span.IsBreak) lines.Add([]);
            else lines[^1].Add(span);
        return lines;
    }

    static string Line(IReadOnlyList<Span> spans) => Links(spans);

    // Outermost first: a link spans all of its differently formatted pieces.
    static string Links(IReadOnlyList<Span> spans)
    {
        var text = new StringBuilder();
        foreach (var run in RunsBy(spans, s => s.Href))
        {
            var inner = Marked(run, 0);
            text.Append(run[0].Href is { } href && inner.Trim().Length > 0 ? Around(inner, "[", $"]({Target(href)})") : inner);
        }
        return text.ToString();
    }

    static string Marked(IReadOnlyList<Span> spans, int level)
    {
        if (level == Signs.Length) return string.Concat(RunsBy(spans, s => s.Marks & Marks.Code).Select(Plain));
        var (mark, sign) = Signs[level];
        var text = new StringBuilder();
        foreach (var run in RunsBy(spans, s => s.Marks & mark))
        {
            var inner = Marked(run, level + 1);
            text.Append((run[0].Marks & mark) != 0 ? Around(inner, sign, sign) : inner);
        }
        return text.ToString();
    }

    static string Plain(IReadOnlyList<Span> run)
    {
        var text = string.Concat(run.Select(s => s.Text));
        return (run[0].Marks & Marks.Code) != 0 ? CodeSpan(text) : Escape(text);
    }

    static IEnumerable<List<Span>> RunsBy<T>(IReadOnlyList<Span> spans, Func<Span, T> key)
    {
        for (var i = 0; i < spans.Count;)
        {
            var run = spans.Skip(i).TakeWhile(s => EqualityComparer<T>.Default.Equals(key(s), key(spans[i]))).ToList();
            i += run.Count;
            yield return run;
        }
    }

    // Markdown knows no emphasis that begins or ends with a blank: blanks go outside.
    static string Around(string inner, string open, string close)
    {
        var core = inner.Trim();
        if (core.Length == 0) return inner;
        var start = inner.IndexOf(core, StringComparison.Ordinal);
        return inner[..start] + open + core + close + inner[(start + core.Length)..];
    }

    static string CodeSpan(string text)
    {
        if (text.Trim().Length == 0) return text;
        var fence = new string('`', MarkdownWriter.LongestRun(text, '`') + 1);
        var pad = text[0] is '`' or ' ' || text[^1] is '`' or ' ' ? " " : "";
        return fence + pad + text + pad + fence;
    }

    static string Target(string href) =>
        href.AsSpan().ContainsAny(" ()<>\\") ? "<" + href.Replace("<", "%3C").Replace(">", "%3E").Replace("\\", "%5C") + ">" : href;

    static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            if (MustEscape(text, i)) escaped.Append('\\');
            escaped.Append(text[i]);
        }
        return escaped.ToString();
    }

    static bool MustEscape(string text, int i) => text[i] switch
    {
        '\\' => i + 1 == text.Length || char.IsAscii(text[i + 1]) && (char.IsPunctuation(text[i + 1]) || char.IsSymbol(text[i + 1])),
        '`' or '*' or '[' or ']' or '<' => true,
        '_' => !(i > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i - 1]) && char.IsLetterOrDigit(text[i + 1])),
        '~' or '|' => true,   // a pipe anywhere can make two lines a table
        '&' => i + 1 < text.Length && (char.IsLetter(text[i + 1]) || text[i + 1] == '#'),
        '!' => i + 1 < text.Length && text[i + 1] == '[',
        _ => false,
    };

    // What begins a block only at the beginning of a line.
    static string EscapeLineStart(string line)
    {
        if (line.Length == 0) return line;
        if (line[0] is '#' or '>' or '=') return "\\" + line;
        if (line[0] is '+' or '-') return "\\" + line;
        var digits = line.TakeWhile(char.IsAsciiDigit).Count();
        return digits is > 0 and < 10 && digits < line.Length && line[digits] is '.' or ')' && (digits + 1 == line.Length || line[digits + 1] is ' ' or '\t')
            ? line.Insert(digits, "\\")
            : line;
    }
}
