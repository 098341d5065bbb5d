using System.CommandLine;
using System.Text.Json;
using Riq.Cli.CommandLine;

namespace Riq.Cli.Requests;

/// <summary><c>riq-cli list</c>: the newest requests.</summary>
static class ListCommand
{
    public static readonly string[] Filters = ["status", "service", "operation", "priority"];

    public static Command Make()
    {
        var filters = Filters.Select(f => new Option<string?>($"--{f}") { Description = $"Only those of this {f}." }).ToArray();
        var limit = LimitOption();
        var command = new Command("list", "Lists requests, the newest first.") { limit };
        foreach (var filter in filters) command.Options.Add(filter);
        command.Runs(async (session, parsed, cancellation) =>
        {
            var items = session.Api.Items($"requests?{Query(parsed, filters)}", parsed.GetValue(limit), cancellation);
            await Show(session, items, ["token", "status", "operation", "priority", "created_at"], cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    public static Option<int> LimitOption() => new("--limit") { Description = "The most to show.", DefaultValueFactory = _ => 20 };

    public static string Query(ParseResult parsed, IEnumerable<Option<string?>> filters) =>
        string.Join('&', filters.Where(f => parsed.GetValue(f) is not null).Select(f => $"{f.Name.TrimStart('-')}={Uri.EscapeDataString(parsed.GetValue(f)!)}"));

    public static async Task Show(Session session, IAsyncEnumerable<JsonElement> items, string[] columns, CancellationToken cancellation)
    {
        var rows = new List<string?[]>();
        await foreach (var item in items.WithCancellation(cancellation))
            if (session.Output.IsJson) session.Output.Line(item, "");
            else rows.Add([.. columns.Select(c => Cell(item, c))]);
        if (!session.Output.IsJson) session.Output.Table(columns, rows);
    }

    // "error.code" is the field code of the object error.
    public static string? Cell(JsonElement item, string column)
    {
        foreach (var name in column.Split('.'))
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(name, out item)) return null;
        return item.ToString();
    }
}
