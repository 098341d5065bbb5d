using System.CommandLine;
using System.Text.Json;
using Riq.Cli.CommandLine;
using Riq.Cli.Requests;

namespace Riq.Cli.Watching;

/// <summary><c>riq-cli watch</c>: one line for every change of the newest requests, until it is interrupted.</summary>
static class WatchCommand
{
    const int Watched = 500;

    public static Command Make()
    {
        var filters = ListCommand.Filters.Select(f => new Option<string?>($"--{f}") { Description = $"Only those of this {f}." }).ToArray();
        var interval = new Option<double>("--interval") { Description = "Seconds between two looks, at least 0.2.", DefaultValueFactory = _ => 1 };
        var command = new Command("watch", "Shows how the newest requests change, until it is interrupted.") { interval };
        foreach (var filter in filters) command.Options.Add(filter);
        command.Runs(async (session, parsed, cancellation) =>
        {
            var pause = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(interval), 0.2));
            for (var seen = new Dictionary<string, long>(); ;)
            {
                seen = await Look(session, $"requests?{ListCommand.Query(parsed, filters)}", seen, cancellation);
                await Task.Delay(pause, TimeProvider.System, cancellation);
            }
        });
        return command;
    }

    /// <summary>The versions that are known now; what has changed since was shown, the oldest first.</summary>
    static async Task<Dictionary<string, long>> Look(Session session, string path, Dictionary<string, long> seen, CancellationToken cancellation)
    {
        var now = new List<JsonElement>();
        await foreach (var item in session.Api.Items(path, Watched, cancellation)) now.Add(item);
        now.Reverse();
        foreach (var item in now.Where(i => seen.GetValueOrDefault(Token(i)) != Version(i))) session.Output.Line(item, Describe(item));
        return now.ToDictionary(Token, Version);
    }

    static string Token(JsonElement item) => item.GetProperty("token").GetString()!;

    static long Version(JsonElement item) => item.GetProperty("version").GetInt64();

    static string Describe(JsonElement item) => $"{Token(item)}  {ListCommand.Cell(item, "status"),-10}  {ListCommand.Cell(item, "operation")}  {ListCommand.Cell(item, "waiting_for")}{ListCommand.Cell(item, "error.code")}";
}
