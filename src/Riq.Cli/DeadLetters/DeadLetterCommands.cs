using System.CommandLine;
using System.Text.Json;
using Riq.Cli.CommandLine;
using Riq.Cli.Requests;

namespace Riq.Cli.DeadLetters;

/// <summary><c>riq-cli dead-letters …</c>: look at what was given up, and decide about it.</summary>
static class DeadLetterCommands
{
    public static Command Make()
    {
        var command = new Command("dead-letters", "Looks after requests that RIQ has given up.") { List() };
        command.Subcommands.Add(Adopt());
        command.Subcommands.Add(Decide("retry", "Runs them again.", token => $"dead-letters/{token}/retry"));
        command.Subcommands.Add(Decide("send-again", "Runs them again without looking for their effect: only when you know that there is none.", token => $"dead-letters/{token}/send-again"));
        command.Subcommands.Add(Decide("abandon", "Gives them up for good; they count as failed.", token => $"dead-letters/{token}/abandon"));
        command.Subcommands.Add(Delete());
        return command;
    }

    static Command List()
    {
        var filters = new[] { "service", "operation", "code" }.Select(f => new Option<string?>($"--{f}") { Description = $"Only those of this {f}." }).ToArray();
        var limit = ListCommand.LimitOption();
        var command = new Command("list", "Lists dead letters, the newest first.") { limit };
        foreach (var filter in filters) command.Options.Add(filter);
        command.Runs(async (session, parsed, cancellation) =>
        {
            var items = session.Api.Items($"dead-letters?{ListCommand.Query(parsed, filters)}", parsed.GetValue(limit), cancellation);
            await ListCommand.Show(session, items, ["token", "operation", "failed_at", "attempts", "error.code", "error.message"], cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Adopt()
    {
        var token = new Argument<string>("token") { Description = "The dead letter's token." };
        var result = new Option<string>("--result") { Description = "What the request brought about, as a JSON object, e.g. one of the candidates that `get` shows.", Required = true };
        var command = new Command("adopt", "Completes one whose effect is there.") { token, result };
        command.Runs(async (session, parsed, cancellation) =>
        {
            var body = new { result = Json(parsed.GetRequiredValue(result)) };
            session.Output.Document(await session.Api.Post($"dead-letters/{Uri.EscapeDataString(parsed.GetRequiredValue(token))}/adopt", body, cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Delete() => ForEach("delete", "Deletes them, with all that is known of them.", async (session, token, cancellation) =>
    {
        await session.Api.Delete($"dead-letters/{token}", cancellation);
        session.Output.Line(new { token, deleted = true }, $"{token}  deleted");
    });

    static Command Decide(string name, string description, Func<string, string> path) => ForEach(name, description, async (session, token, cancellation) =>
    {
        var now = await session.Api.Post(path(token), body: null, cancellation);
        session.Output.Line(now, $"{token}  {ListCommand.Cell(now, "status")}");
    });

    // One that is refused keeps the others from nothing; the first refusal is the exit code.
    static Command ForEach(string name, string description, Func<Session, string, CancellationToken, Task> work)
    {
        var tokens = new Argument<string[]>("token") { Description = "The dead letters' tokens.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(name, description) { tokens };
        command.Runs(async (session, parsed, cancellation) =>
        {
            var code = ExitCodes.Done;
            foreach (var token in parsed.GetRequiredValue(tokens))
            {
                try { await work(session, Uri.EscapeDataString(token), cancellation); }
                catch (CommandException e)
                {
                    session.Output.Trouble($"{token}: {e.Message}", e.ExitCode);
                    code = code == ExitCodes.Done ? e.ExitCode : code;
                }
            }
            return code;
        });
        return command;
    }

    static JsonElement Json(string text)
    {
        try { return JsonSerializer.Deserialize<JsonElement>(text); }
        catch (JsonException e) { throw new CommandException($"--result is not JSON: {e.Message}", ExitCodes.Usage); }
    }
}
