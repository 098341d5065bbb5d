using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

/// <summary>A small service with one operation of each kind, and shortcuts to read submissions for it.</summary>
static class Known
{
    public static OperationDeclaration Create { get; } = new("notes.create_note", OperationKind.Write, "Creates a note.", new(
        new("title", PayloadType.Line, "One line.") { Required = true, NotEmpty = true, MaxLength = 20 },
        new("text", PayloadType.Text, "Several lines."),
        new("kind", PayloadType.Line, "What kind.") { Values = ["task", "bug"] },
        new("labels", PayloadType.Lines, "Labels.") { MaxItems = 2, NotEmpty = true, MaxLength = 5, ForbiddenCharacters = " " },
        new("points", PayloadType.Integer, "Points.") { Minimum = 0, Maximum = 100 },
        new("extra", PayloadType.Object, "Anything.")), TimeSpan.FromSeconds(30), RepeatSafe: false) { Aliases = ["notes.add_note"] };

    public static OperationDeclaration Get { get; } = new("notes.get_note", OperationKind.Read, "Reads a note.",
        new(new PayloadField("id", PayloadType.Line, "Its id."), new PayloadField("title", PayloadType.Line, "Its title.")) { AtLeastOneOf = ["id", "title"] },
        TimeSpan.FromSeconds(15), RepeatSafe: true);

    public static OperationCatalog Catalog { get; } = new([new Notes()]);

    public static SubmissionReader Reader { get; } = new(Catalog, new Engine.Callbacks.CallbackOptions().Rules());

    public static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    /// <summary>The request that the body asks for, or what is wrong with it.</summary>
    public static (NewRequest? Request, ProblemList Problems) Read(string body, string? key = null, bool inBatch = false)
    {
        var problems = new ProblemList();
        return (Reader.Read(Json(body), new("anna", key, "00-trace"), problems, inBatch), problems);
    }

    /// <summary>The request of a body in which nothing is wrong.</summary>
    public static NewRequest Good(string body, string? key = null, bool inBatch = false)
    {
        var (request, problems) = Read(body, key, inBatch);
        Assert.Equal("", problems.ToString());
        return request!;
    }

    /// <summary>The names of the faulty fields of a body that must be refused.</summary>
    public static IEnumerable<string> Faults(string body, string? key = null, bool inBatch = false)
    {
        var (request, problems) = Read(body, key, inBatch);
        Assert.Null(request);
        return problems.ByField.Keys.Order(StringComparer.Ordinal);
    }

    sealed class Notes : IServiceAdapter
    {
        public string Service => "notes";
        public IReadOnlyList<OperationDeclaration> Operations { get; } = [Create, Get];
        public Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
