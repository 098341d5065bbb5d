using System.CommandLine;
using Riq.Cli.CommandLine;
using Riq.Contracts;

namespace Riq.Cli.Requests;

/// <summary><c>riq-cli wait TOKEN…</c>: until they have all ended.</summary>
static class WaitCommand
{
    public static Command Make()
    {
        var tokens = new Argument<string[]>("token") { Description = "The requests' tokens.", Arity = ArgumentArity.OneOrMore };
        var timeout = TimeoutOption();
        var command = new Command("wait", "Waits until requests have ended, and shows what became of them.") { tokens, timeout };
        command.Runs(async (session, parsed, cancellation) =>
        {
            var all = parsed.GetRequiredValue(tokens);
            return all.Length == 1 ? await One(session, all[0], Limit(parsed, timeout), cancellation) : await Many(session, all, Limit(parsed, timeout), cancellation);
        });
        return command;
    }

    public static Option<int> TimeoutOption() => new("--timeout") { Description = "Seconds to wait at the most; 0: for ever.", DefaultValueFactory = _ => 0 };

    public static TimeSpan Limit(ParseResult parsed, Option<int> timeout) => parsed.GetValue(timeout) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromDays(365);

    /// <summary>Waits in steps, so that a person sees what the request waits for.</summary>
    public static async Task<int> One(Session session, string token, TimeSpan limit, CancellationToken cancellation)
    {
        var answer = await session.Output.Spinner($"{token} …", report => Until(session.Gateway, token, limit, s => report($"{token} is {s.Status}{(s.WaitingFor is { } why ? $" ({why})" : "")} …"), cancellation));
        if (!answer.Ok) return session.Output.Refused(answer.Refusal);
        session.Output.Document(answer.Value);
        return ExitCodes.Of(answer.Value);
    }

    /// <summary>One line for each, as they end.</summary>
    public static async Task<int> Many(Session session, IReadOnlyCollection<string> tokens, TimeSpan limit, CancellationToken cancellation)
    {
        const int atOnce = 64;
        var worst = ExitCodes.Done;
        var line = new Lock();
        await session.Output.Progress("Waiting", tokens.Count, done => Parallel.ForEachAsync(tokens, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellation }, async (token, stop) =>
        {
            var answer = await Until(session.Gateway, token, limit, _ => { }, stop);
            lock (line)
            {
                worst = Math.Max(worst, answer.Ok ? ExitCodes.Of(answer.Value) : session.Output.Refused(answer.Refusal));
                if (answer.Ok) session.Output.Line(answer.Value, Describe(answer.Value));
                done(1);
            }
        }));
        return worst;
    }

    static async Task<QueueAnswer<RequestState>> Until(IQueueGateway gateway, string token, TimeSpan limit, Action<RequestState> report, CancellationToken cancellation)
    {
        var step = TimeSpan.FromSeconds(10);
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            var left = limit - TimeProvider.System.GetElapsedTime(began);
            var answer = await gateway.Get(token, left < step ? left : step, cancellation);
            if (!answer.Ok && answer.Refusal.Kind != RefusalKind.Unavailable || answer is { Value.Ended: true } || left <= TimeSpan.Zero) return answer;
            if (answer.Ok) report(answer.Value);
        }
    }

    public static string Describe(RequestState s) => $"{s.Token}  {s.Status,-10}  {s.Operation}{(s.Error is { } e ? $"  {e.Code}: {e.Message}" : "")}";
}
