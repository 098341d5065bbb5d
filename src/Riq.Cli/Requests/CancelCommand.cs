using System.CommandLine;
using Riq.Cli.CommandLine;

namespace Riq.Cli.Requests;

/// <summary><c>riq-cli cancel TOKEN</c>.</summary>
static class CancelCommand
{
    public static Command Make()
    {
        var token = new Argument<string>("token") { Description = "The request's token." };
        var command = new Command("cancel", "Calls a request off that no worker has taken yet.") { token };
        command.Runs(async (session, parsed, cancellation) =>
        {
            var answer = await session.Gateway.Cancel(parsed.GetRequiredValue(token), cancellation);
            if (!answer.Ok) return session.Output.Refused(answer.Refusal);
            session.Output.Line(answer.Value, WaitCommand.Describe(answer.Value));
            return ExitCodes.Done;
        });
        return command;
    }
}
