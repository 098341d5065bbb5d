using System.CommandLine;
using System.Text.Json.Nodes;
using Riq.Cli.CommandLine;

namespace Riq.Cli.Services;

/// <summary>
/// <c>riq-cli services grant</c>: a new credential for a service that refuses the present one. The secret is read from a file or
/// from standard input, never from the command line, where other users of the machine and the shell's history would keep it.
/// </summary>
static class GrantCommand
{
    const int MostCharacters = 16 * 1024;

    public static Command Make()
    {
        var service = ServiceCommands.Service();
        var file = new Option<FileInfo?>("--file") { Description = "Where the secret is; else it is read from standard input." };
        var refreshToken = new Option<bool>("--refresh-token") { Description = "It is the refresh token of an OAuth grant; else the API token or personal access token." };
        var sameApp = new Option<bool>("--same-app") { Description = "Nothing new: the configured app (client credentials) is asked again." };
        var user = new Option<string?>("--user") { Description = "The e-mail address that an API token belongs to, if it is another one." };
        var ends = new Option<string?>("--expires-at") { Description = "When the token ends, e.g. 2027-03-31T00:00:00Z." };
        var command = new Command("grant", "Enters a new credential for a service. Its waiting requests go on at once.") { service, file, refreshToken, sameApp, user, ends };
        command.Runs(async (session, parsed, cancellation) =>
        {
            var body = parsed.GetValue(sameApp) ? [] : new JsonObject { [parsed.GetValue(refreshToken) ? "refresh_token" : "secret"] = await Secret(parsed.GetValue(file), cancellation) };
            if (parsed.GetValue(user) is { } who) body["user"] = who;
            if (parsed.GetValue(ends) is { } end) body["expires_at"] = end;
            var done = await session.Api.Post($"services/{Uri.EscapeDataString(parsed.GetRequiredValue(service))}/grant", body, cancellation);
            session.Output.Line(done, $"{done.GetProperty("service").GetString()} has a new credential ({done.GetProperty("type").GetString()}); {done.GetProperty("resumed").GetInt32()} waiting requests go on.");
            return ExitCodes.Done;
        });
        return command;
    }

    // A line break at the end is the editor's or the shell's, not the secret's.
    static async Task<string> Secret(FileInfo? file, CancellationToken cancellation)
    {
        if (file is null && !Console.IsInputRedirected) await Console.Error.WriteLineAsync("The secret, then Enter and Ctrl+D (it is shown as you type; better from a file or a pipe):");
        try
        {
            using var from = file is null ? Console.In : file.OpenText();
            var text = (await from.ReadToEndAsync(cancellation)).TrimEnd('\r', '\n');
            return text.Length is > 0 and <= MostCharacters ? text : throw new CommandException($"The secret must have 1 to {MostCharacters:N0} characters; {text.Length:N0} were read.", ExitCodes.Usage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new CommandException($"The secret could not be read: {e.Message}", ExitCodes.Usage); }
    }
}
