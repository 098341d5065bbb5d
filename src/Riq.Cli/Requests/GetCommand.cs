using System.CommandLine;
using Riq.Cli.CommandLine;

namespace Riq.Cli.Requests;

/// <summary><c>riq-cli get TOKEN</c>: everything that RIQ knows of it.</summary>
static class GetCommand
{
    public static Command Make()
    {
        var token = new Argument<string>("token") { Description = "The request's token." };
        var command = new Command("get", "Shows one request with its attempts and timeline.") { token };
        command.Runs(async (session, parsed, cancellation) =>
        {
            session.Output.Document(await session.Api.Get($"requests/{Uri.EscapeDataString(parsed.GetRequiredValue(token))}", cancellation));
            return ExitCodes.Done;
        });
        return command;
    }
}
