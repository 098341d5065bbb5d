using MassTransit;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Requests;

namespace Riq.Engine.Bus;

/// <summary>Tells a request client what became of its command; sent only after it was stored.</summary>
sealed class CommandAnswers(ILogger<CommandAnswers> log)
{
    public async Task Send<T>(ConsumeContext<T> context, QueueRequest? request, bool done) where T : class
    {
        if (context.ResponseAddress is null) return;
        try
        {
            if (done) await context.RespondAsync(new CommandDone(request!.Token, request.Status));
            else await context.RespondAsync(new CommandRefused(TokenOf(context.Message), request?.Status, Reason(context.Message, request)));
        }
        // Stored is stored: the command must not run again because its sender is gone.
        catch (Exception e) when (!context.CancellationToken.IsCancellationRequested) { log.AnswerNotSent(context.ResponseAddress.ToString(), e.Message); }
    }

    static string TokenOf(object command) => command switch { CancelRequest c => c.Token, RetryDeadLetter r => r.Token, _ => "" };

    static string Reason(object command, QueueRequest? request) => (command, request) switch
    {
        (_, null) => "There is no such request. Tokens look like req_ and 32 hexadecimal digits.",
        (CancelRequest, { Status: RequestStatus.Queued }) => "Its last attempt may have taken effect; that is being found out.",
        (CancelRequest, _) => $"Only a queued request can be cancelled; this one is {request.Status}.",
        (_, { Status: RequestStatus.Dead }) => "Whether it took effect is not known: somebody has to look first, and adopt it, send it again or abandon it over REST.",
        _ => $"Only a dead request can be run again; this one is {request.Status}.",
    };
}
