using System.CommandLine;
using System.Text.Json;
using Riq.Cli.CommandLine;
using Riq.Cli.Requests;

namespace Riq.Cli.Watching;

/// <summary><c>riq-cli watch</c>: one line for every change, until it is interrupted. By server-sent events, or else by looking again and again.</summary>
static class WatchCommand
{
    const int Watched = 500;

    // These the stream of events takes; by the others the changes are chosen here.
    static readonly string[] OfTheStream = ["status", "service"];

    public static Command Make()
    {
        var filters = ListCommand.Filters.Select(f => new Option<string?>($"--{f}") { Description = $"Only those of this {f}." }).ToArray();
        var interval = new Option<double>("--interval") { Description = "Seconds between two looks, at least 0.2, where RIQ gives no live events.", DefaultValueFactory = _ => 1 };
        var command = new Command("watch", "Shows how requests change, until it is interrupted.") { interval };
        foreach (var filter in filters) command.Options.Add(filter);
        command.Runs(async (session, parsed, cancellation) =>
        {
            try { await Follow(session, parsed, filters, cancellation); }
            catch (NoEventsException e) { session.Output.Note($"{e.Message}; looking every {Pause(parsed, interval).TotalSeconds:0.#} s."); }
            return await Poll(session, $"requests?{ListCommand.Query(parsed, filters)}", Pause(parsed, interval), cancellation);
        });
        return command;
    }

    static TimeSpan Pause(ParseResult parsed, Option<double> interval) => TimeSpan.FromSeconds(Math.Max(parsed.GetValue(interval), 0.2));

    static async Task Follow(Session session, ParseResult parsed, Option<string?>[] filters, CancellationToken cancellation)
    {
        var ofTheStream = filters.Where(f => OfTheStream.Contains(NameOf(f))).ToArray();
        await foreach (var change in session.Events.Read($"events?{ListCommand.Query(parsed, ofTheStream)}", cancellation))
            if (filters.Except(ofTheStream).All(f => parsed.GetValue(f) is not { } wanted || ListCommand.Cell(change, NameOf(f)) == wanted))
                session.Output.Line(change, Describe(change, "event", "error_code"));
    }

    static string NameOf(Option option) => option.Name.TrimStart('-');

    static async Task<int> Poll(Session session, string path, TimeSpan pause, CancellationToken cancellation)
    {
        for (var seen = new Dictionary<string, long>(); ;)
        {
            seen = await Look(session, path, seen, cancellation);
            await Task.Delay(pause, TimeProvider.System, cancellation);
        }
    }

    /// <summary>The versions that are known now; what has changed since was shown, the oldest first.</summary>
    static async Task<Dictionary<string, long>> Look(Session session, string path, Dictionary<string, long> seen, CancellationToken cancellation)
    {
        var now = new List<JsonElement>();
        await foreach (var item in session.Api.Items(path, Watched, cancellation)) now.Add(item);
        now.Reverse();
        foreach (var item in now.Where(i => seen.GetValueOrDefault(Token(i)) != Version(i))) session.Output.Line(item, Describe(item, "waiting_for", "error.code"));
        return now.ToDictionary(Token, Version);
    }

    static string Token(JsonElement item) => item.GetProperty("token").GetString()!;

    static long Version(JsonElement item) => item.GetProperty("version").GetInt64();

    static string Describe(JsonElement item, params string[] more) =>
        string.Join("  ", [Token(item), $"{ListCommand.Cell(item, "status"),-10}", ListCommand.Cell(item, "operation"), .. more.Select(m => ListCommand.Cell(item, m)).Where(m => m is { Length: > 0 })]);
}
