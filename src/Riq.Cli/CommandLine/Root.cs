using System.CommandLine;
using Riq.Cli.DeadLetters;
using Riq.Cli.Requests;
using Riq.Cli.Services;
using Riq.Cli.Submission;
using Riq.Cli.Watching;

namespace Riq.Cli.CommandLine;

/// <summary>All commands, and the options that every one of them takes.</summary>
static class Root
{
    public const string DefaultUrl = "http://127.0.0.1:8080";

    public static readonly Option<string> Url = new("--url")
    {
        Description = $"RIQ's address; else from RIQ_URL, else {DefaultUrl}.", Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("RIQ_URL") is { Length: > 0 } url ? url : DefaultUrl,
    };

    public static readonly Option<string?> ApiKey = new("--api-key") { Description = "The API key; better from RIQ_API_KEY, where other users of the machine don't see it.", Recursive = true };

    public static readonly Option<bool> Json = new("--json") { Description = "JSON on standard output: one document, or one a line where there are many.", Recursive = true };

    public static RootCommand Command()
    {
        var root = new RootCommand("Hands operations to RIQ and looks after them. Exit codes: 0 done, 1 a request failed, 2 usage, 3 not possible, 4 not allowed, 5 RIQ away or busy, 6 not yet, 130 interrupted.");
        foreach (Option option in new Option[] { Url, ApiKey, Json }) root.Options.Add(option);
        foreach (var command in new[]
        {
            SubmitCommand.Make(), WaitCommand.Make(), GetCommand.Make(), ListCommand.Make(), CancelCommand.Make(),
            DeadLetterCommands.Make(), ServiceCommands.Make(), WatchCommand.Make(),
        }) root.Subcommands.Add(command);
        return root;
    }

    /// <summary>Runs a command with a session of its own; Ctrl+C ends it.</summary>
    public static void Runs(this Command command, Func<Session, ParseResult, CancellationToken, Task<int>> action) => command.SetAction(async (parsed, cancellation) =>
    {
        if (Session.Open(parsed) is not { } session) return ExitCodes.Usage;
        await using (session)
        {
            try { return await action(session, parsed, cancellation); }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { return ExitCodes.Interrupted; }
            catch (CommandException e) { return session.Output.Trouble(e.Message, e.ExitCode); }
        }
    });
}

/// <summary>A command can't go on; the message says why and what to do.</summary>
sealed class CommandException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
