using System.CommandLine;
using Riq.Cli.CommandLine;
using Riq.Cli.Requests;

namespace Riq.Cli.Services;

/// <summary><c>riq-cli services …</c>: what the services' state is, and whether they are called.</summary>
static class ServiceCommands
{
    static readonly string[] Columns = ["service", "circuit.state", "paused", "depth", "processing", "concurrency"];

    public static Command Make()
    {
        var command = new Command("services", "Looks after the services that RIQ calls.") { List() };
        command.Subcommands.Add(Pause());
        command.Subcommands.Add(Resume());
        command.Subcommands.Add(Circuit());
        command.Subcommands.Add(GrantCommand.Make());
        return command;
    }

    public static Argument<string> Service() => new("service") { Description = "E.g. jira." };

    static Command List()
    {
        var command = new Command("list", "Lists the services.");
        command.Runs(async (session, _, cancellation) =>
        {
            var all = await session.Api.Get("services", cancellation);
            await ListCommand.Show(session, all.GetProperty("items").EnumerateArray().ToAsyncEnumerable(), Columns, cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Pause()
    {
        var service = Service();
        var reason = new Option<string?>("--reason") { Description = "Why, for the others." };
        var lasting = new Option<int?>("--for") { Description = "Seconds after which it goes on by itself; else when somebody resumes it." };
        var command = new Command("pause", "Calls the service no more until it is resumed. Its requests wait.") { service, reason, lasting };
        command.Runs((session, parsed, cancellation) =>
            Change(session, parsed.GetRequiredValue(service), "pause", new { reason = parsed.GetValue(reason), for_seconds = parsed.GetValue(lasting) }, cancellation));
        return command;
    }

    static Command Resume()
    {
        var service = Service();
        var command = new Command("resume", "Calls a paused service again.") { service };
        command.Runs((session, parsed, cancellation) => Change(session, parsed.GetRequiredValue(service), "resume", body: null, cancellation));
        return command;
    }

    static Command Circuit()
    {
        var service = Service();
        var state = new Argument<string>("state") { Description = "open: call it no more; closed: call it whatever happens; auto: as its failures say." };
        state.AcceptOnlyFromAmong("open", "closed", "auto");
        var command = new Command("circuit", "Keeps a service's circuit open or closed, or lets go of it.") { service, state };
        command.Runs((session, parsed, cancellation) => Change(session, parsed.GetRequiredValue(service), "circuit", new { state = parsed.GetRequiredValue(state) }, cancellation));
        return command;
    }

    static async Task<int> Change(Session session, string service, string action, object? body, CancellationToken cancellation)
    {
        var now = await session.Api.Post($"services/{Uri.EscapeDataString(service)}/{action}", body, cancellation);
        if (session.Output.IsJson) session.Output.Document(now);
        else session.Output.Table(Columns, [[.. Columns.Select(c => ListCommand.Cell(now, c))]]);
        return ExitCodes.Done;
    }
}
