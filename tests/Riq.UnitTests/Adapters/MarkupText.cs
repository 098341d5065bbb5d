using FsCheck;
using FsCheck.Fluent;

namespace Riq.UnitTests.Adapters;

/// <summary>Texts thick with characters that mean something to Markdown.</summary>
public sealed record MarkupText(string Text)
{
    static readonly string[] Pieces =
        ["a", "b c", " ", "  ", "\n", "\n\n", "*", "**", "_", "~~", "`", "```\n", "# ", "- ", "1. ", "> ", "|", "---", "[", "](http://x.test)", "<b>", "&amp;", "&#10;", "\\", "!", "\t", "é", "😀", ":", "=", "\u0001"];

    public override string ToString() => Text.Replace("\n", "\\n");

    public static Arbitrary<MarkupText> Arbitrary() =>
        Gen.Elements(Pieces).ListOf().Select(pieces => new MarkupText(string.Concat(pieces))).ToArbitrary();
}

/// <summary>Lines of plain text: words and any character, without blanks at their ends and without line ends.</summary>
public sealed record PlainLines(IReadOnlyList<IReadOnlyList<string>> Paragraphs)
{
    static readonly string[] Pieces =
        ["word", "two words", "*", "_", "__init__", "a_b", "`", "#", "# x", "-", "- x", "1.", "1. x", "12) y", ">", "|", "||", "---", "===", "[x]", "[x](y)", "![i](u)", "<b>", "<http://x.test>", "&amp;", "&", "\\", "\\*", "~", "~~", "!", "+", "+ x", "é", "😀", ":", "=", ".", "(", ")", "*a*", "**b**", "```", "~~~", "http://x.test"];

    public override string ToString() => string.Join(" ¶ ", Paragraphs.Select(p => string.Join(" ↵ ", p)));

    public static Arbitrary<PlainLines> Arbitrary()
    {
        var line = Gen.Elements(Pieces).NonEmptyListOf().Select(p => string.Join(p.Count % 2 == 0 ? "" : " ", p).Trim());
        var paragraph = line.NonEmptyListOf().Select(l => (IReadOnlyList<string>)[.. l]);
        return paragraph.NonEmptyListOf().Select(p => new PlainLines([.. p])).ToArbitrary();
    }
}
