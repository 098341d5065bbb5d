namespace Riq.Adapters.Texts;

/// <summary>Formatted text as Jira's and Confluence's formats are read into, before it is written as Markdown.</summary>
abstract record TextBlock;

sealed record Paragraph(IReadOnlyList<Span> Spans) : TextBlock;

sealed record Heading(int Level, IReadOnlyList<Span> Spans) : TextBlock;

sealed record Code(string? Language, string Text) : TextBlock;

sealed record Quote(IReadOnlyList<TextBlock> Blocks) : TextBlock;

/// <param name="Start">The first number of an ordered list; null for bullets.</param>
/// <param name="Items">Each item's blocks.</param>
sealed record ItemList(int? Start, IReadOnlyList<IReadOnlyList<TextBlock>> Items) : TextBlock;

sealed record Rule : TextBlock;

/// <param name="Rows">Each row's cells; the first row is the heading, which Markdown always has.</param>
sealed record TextTable(IReadOnlyList<IReadOnlyList<IReadOnlyList<Span>>> Rows) : TextBlock;

/// <summary>A piece of text with one formatting; a line break when <see cref="IsBreak"/>.</summary>
sealed record Span(string Text, Marks Marks = Marks.None, string? Href = null)
{
    public static Span Break { get; } = new("\n");

    public bool IsBreak => ReferenceEquals(this, Break);
}

[Flags]
enum Marks
{
    None = 0,
    Strong = 1,
    Emphasis = 2,
    Strike = 4,
    Code = 8,
}
