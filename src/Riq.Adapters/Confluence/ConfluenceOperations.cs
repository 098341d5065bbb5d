using Riq.Contracts;
using static Riq.Contracts.PayloadType;

namespace Riq.Adapters.Confluence;

/// <summary>What RIQ can ask of Confluence.</summary>
static class ConfluenceOperations
{
    static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(15);
    static readonly TimeSpan LongTimeout = TimeSpan.FromSeconds(30);

    // Reading by title is immediate. A repetition does no harm: of two pages of one title Confluence refuses the second.
    static readonly ClearingUp ByTitle = new([.. new[] { 0, 2, 4, 8, 15, 30 }.Select(s => TimeSpan.FromSeconds(s))], QuietPeriod: TimeSpan.Zero);

    static readonly EntityField Document = new("page_id");

    const int MaxTitle = 255;
    const int MaxContent = 1_000_000;

    public static IReadOnlyList<OperationDeclaration> All { get; } =
    [
        Read("get_page", "Gives one page with its content as Markdown.", ReadTimeout, new(Page)) with { Cached = new(TimeSpan.FromSeconds(600), PageTags.OfPage) },
        Read("get_page_children", "Gives the pages directly below a page.", ReadTimeout, new(Page, Limit(50, 250))) with { Cached = new(TimeSpan.FromSeconds(120), PageTags.OfList) },
        Read("search_pages", "Finds pages by words or by CQL.", LongTimeout, new(
            new("query", Text, "Words in title or body; excludes cql."),
            new("cql", Text, "A CQL query; excludes query.") { MaxLength = 10_000 },
            new("space_id", Line, "Only in this space: key or numeric id.") { MaxLength = 255 },
            Limit(25, 100))
        { AtLeastOneOf = ["query", "cql"] }) with { Cached = new(TimeSpan.FromSeconds(120), PageTags.OfList) { Settles = TimeSpan.FromSeconds(30) } },

        // Not repeat-safe: titles are unique, so a repeat makes no second page, but it could not tell its own from somebody else's.
        Write("create_page", "Creates a page.", repeatSafe: false, new(
            Title with { Required = true },
            Content with { Required = true },
            new("space_id", Line, "The space's key or numeric id.") { Required = true, NotEmpty = true, MaxLength = 255 },
            new("parent_id", Line, "The id of the page above.") { MaxLength = 20 },
            Labels, Metadata)) with { ClearingUp = ByTitle, Changes = PageTags.Created },
        // Repeat-safe: the version's message names the request, so a repeat that finds it writes nothing; labels and metadata are sets.
        Write("update_page", "Changes a page's title or content, adds labels, sets metadata.", repeatSafe: true, new(Page, Title, Content, Labels, Metadata)
        { AtLeastOneOf = ["title", "content", "labels", "metadata"] }) with { Entity = Document, Changes = PageTags.Changed },
        Write("delete_page", "Moves a page to the trash; done when it is gone already.", repeatSafe: true, new(Page)) with { Entity = Document, Changes = PageTags.Deleted },
    ];

    static PayloadField Page => new("page_id", Line, "The page's id.") { Required = true, NotEmpty = true, MaxLength = 20 };
    static PayloadField Title => new("title", Line, "One line, unique in the space.") { NotEmpty = true, MaxLength = MaxTitle };
    static PayloadField Content => new("content", Text, "Markdown; storage format (XHTML) when it begins with a tag.") { MaxLength = MaxContent };
    static PayloadField Labels => new("labels", Lines, "Labels to add.") { NotEmpty = true, MaxLength = 255, ForbiddenCharacters = " \t" };
    static PayloadField Metadata => new("metadata", PayloadType.Object, "Values of any shape by name, kept with the page; null removes one.");

    static PayloadField Limit(int usual, int most) => new("limit", Integer, $"The most pages to give; {usual} unless given.") { Minimum = 1, Maximum = most };

    static OperationDeclaration Read(string name, string summary, TimeSpan timeout, PayloadSchema payload) =>
        new($"confluence.{name}", OperationKind.Read, summary, payload, timeout, RepeatSafe: true);

    static OperationDeclaration Write(string name, string summary, bool repeatSafe, PayloadSchema payload) =>
        new($"confluence.{name}", OperationKind.Write, summary, payload, LongTimeout, repeatSafe);
}
