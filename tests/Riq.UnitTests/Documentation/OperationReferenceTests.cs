using System.Text;
using Riq.Adapters.Confluence;
using Riq.Adapters.Jira;
using Riq.Contracts;
using Riq.UnitTests.Architecture;

namespace Riq.UnitTests.Documentation;

/// <summary><c>docs/operations.md</c> is what the declarations say.</summary>
public class OperationReferenceTests
{
    const string Approve = "RIQ_APPROVE";

    [Fact]
    public void The_reference_of_operations_is_current()
    {
        var file = Path.Combine(Solution.Root, "docs", "operations.md");
        var text = Text([.. JiraOperations.All, .. ConfluenceOperations.All]);
        if (Environment.GetEnvironmentVariable(Approve) == "1") File.WriteAllText(file, text);
        Assert.True(File.ReadAllText(file) == text, $"{file} is not what the declarations say: run this test with {Approve}=1 and commit the file.");
    }

    static string Text(IReadOnlyList<OperationDeclaration> operations)
    {
        var text = new StringBuilder("""
            # Operations

            Generated from the declarations in `src/Riq.Adapters`; a test keeps it so. Submit one with `POST /api/queue/submit`,
            `riq-cli submit`, a method of `Riq.Client`'s adapters, or `SubmitRequest` over the bus.


            """.ReplaceLineEndings("\n"));
        text.Append("| operation | kind | |\n|---|---|---|\n");
        foreach (var o in operations) text.Append($"| [`{o.Name}`](#{Anchor(o.Name)}) | {Kind(o)} | {o.Summary} |\n");
        foreach (var o in operations) Section(text, o);
        return text.ToString();
    }

    static void Section(StringBuilder text, OperationDeclaration o)
    {
        text.Append($"\n## {o.Name}\n\n{o.Summary}\n\n");
        text.Append($"{Capital(Kind(o))}, ends within {o.Timeout.TotalSeconds:0} s.{AfterLostAnswer(o)}");
        if (o.Aliases.Count > 0) text.Append($" Also called {string.Join(", ", o.Aliases.Select(a => $"`{a}`"))}.");
        text.Append("\n\n| field | type | |\n|---|---|---|\n");
        foreach (var f in o.Payload.Fields) text.Append($"| `{f.Name}`{(f.Required ? " (required)" : "")} | {Type(f)} | {f.Description.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        if (o.Payload.AtLeastOneOf.Count > 0) text.Append($"\nAt least one of: {string.Join(", ", o.Payload.AtLeastOneOf.Select(n => $"`{n}`"))}.\n");
    }

    static string AfterLostAnswer(OperationDeclaration o) =>
        !o.IsWrite ? "" : o.RepeatSafe ? " After a lost answer it runs again: a repetition has no second effect."
        : o.ClearingUp is { } clearing ? $" After a lost answer its effect is looked for; it is repeated when nothing was found {(clearing.QuietPeriod > TimeSpan.Zero ? $"after {o.Timeout + clearing.QuietPeriod:m\\:ss} min" : "at once")}."
        : " After a lost answer it ends as a dead letter.";

    static string Kind(OperationDeclaration o) => o.IsWrite ? "write" : "read";

    static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    static string Anchor(string name) => name.Replace(".", "", StringComparison.Ordinal);

    static string Type(PayloadField f) => f.Type switch
    {
        PayloadType.Integer => $"whole number{(f.Minimum != long.MinValue ? $" from {f.Minimum:N0}" : "")}{(f.Maximum != long.MaxValue ? $" to {f.Maximum:N0}" : "")}",
        PayloadType.Lines => $"list of up to {f.MaxItems} lines of up to {f.MaxLength:N0} characters",
        PayloadType.Object => "object",
        _ when f.Values.Count > 0 => string.Join(", ", f.Values.Select(v => $"`{v}`")),
        PayloadType.Line => $"line of up to {f.MaxLength:N0} characters",
        _ => $"text of up to {f.MaxLength:N0} characters",
    };
}
