using System.Text.Json.Nodes;
using Riq.Simulator.Accounts;
using Riq.Simulator.Clock;
using Riq.Simulator.Faults;
using Riq.Simulator.Latency;
using Riq.Simulator.Ledger;
using Riq.Simulator.Limits;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Exchange;

/// <summary>One call's way through the site: read, recognise, take its time, refuse or do it, record, answer.</summary>
sealed partial class CallExchange(LiveSettings settings, SimulatorClock clock, Authentication authentication, FaultRules faults, RateLimits limits,
    RetryAfterWatch watch, LatencyModel latency, CallLedger ledger, IHostApplicationLifetime life, ILogger<CallExchange> log)
{
    public async Task Run(HttpContext http, Route route)
    {
        var call = new Call(http, route, http.Request.Path.Value ?? "", settings.Current, clock.GetUtcNow());
        var unreadable = await CallReader.Read(call);
        route.Peak.Count(call.At);
        var violation = watch.Violation(call);
        var refused = unreadable ?? (route.Product == Product.Auth ? null : authentication.Refuse(call));
        var fault = refused is null ? faults.Pick(call) : null;

        var time = latency.Draw(route.Class, call.Settings.LatencyScale) / 2;
        if (fault is { Kind: FaultKind.Delay }) time += fault.Duration / 2;
        await Wait(time);
        call.WorkAt = time > TimeSpan.Zero ? clock.GetUtcNow() : call.At;

        var answer = refused ?? InPlaceOfWork(call, fault) ?? Work(call);
        answer = InPlaceOfAnswer(answer, fault);
        await Wait(time);

        watch.Note(call, answer, clock.GetUtcNow());
        ledger.Add(call, IsAnswered(fault) ? answer.Status : 0, fault?.Name, violation);
        await Deliver(call, answer, fault);
    }

    /// <summary>The answer of a fault that keeps the work from being done.</summary>
    Answer? InPlaceOfWork(Call call, FaultAction? fault)
    {
        switch (fault?.Kind)
        {
            case FaultKind.TooManyRequests: return FaultAnswers.TooMany(call, fault);
            case FaultKind.ServerError: return FaultAnswers.ServerError(fault);
            case FaultKind.ConflictOnce: return FaultAnswers.Conflict(call);
            case FaultKind.DenyScope: return FaultAnswers.DeniedScope;
            case FaultKind.ResetBefore: return Answer.NoContent;
            case FaultKind.Burst: return RateLimits.ShutBurst(call, fault.Duration);
            default: return null;
        }
    }

    Answer Work(Call call)
    {
        if (limits.Refuse(call, out var left) is { } tooMany) return tooMany;
        var answer = Handle(call);
        limits.Spend(call, answer);
        return left.Length == 0 ? answer : answer.With(left);
    }

    Answer Handle(Call call)
    {
        if (call.DataCenter && call.Path.StartsWith("/rest/api/3/", StringComparison.Ordinal)) return Answer.NoSuchResource;
        try { return call.Route.Handle(call); }
        catch (SiteException refusal) { return refusal.Answer; }
        catch (Exception fault)
        {
            LogFault(call.Method, call.Path, fault);
            return new(500, new JsonObject { ["errorMessages"] = new JsonArray($"The simulator itself failed at {call.Method} {call.Path}: {fault.Message}"), ["errors"] = new JsonObject() });
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The simulator itself failed at {Method} {Path}. The call was answered with a 500; please report it.")]
    partial void LogFault(string method, string path, Exception fault);

    static Answer InPlaceOfAnswer(Answer answer, FaultAction? fault) => fault?.Kind switch
    {
        FaultKind.CommitThenServerError => FaultAnswers.ServerError(fault),
        FaultKind.HtmlBody => answer.AsHtml(),
        FaultKind.EmptyBody => answer.AsEmpty(),
        _ => answer,
    };

    static bool IsAnswered(FaultAction? fault) => fault?.Kind is not (FaultKind.ResetBefore or FaultKind.CommitThenReset or FaultKind.CommitThenHang);

    async Task Deliver(Call call, Answer answer, FaultAction? fault)
    {
        switch (fault?.Kind)
        {
            case FaultKind.ResetBefore or FaultKind.CommitThenReset: call.Http.Abort(); break;
            case FaultKind.CommitThenHang: await Hang(call); break;
            case FaultKind.Truncate: await AnswerWriter.WriteHalf(call, answer); break;
            default: await AnswerWriter.Write(call, answer); break;
        }
    }

    /// <summary>Holds the connection until the client gives up or the site closes.</summary>
    async Task Hang(Call call)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var left = call.Http.RequestAborted.Register(() => over.TrySetResult());
        await using var closing = life.ApplicationStopping.Register(() => over.TrySetResult());
        await over.Task;
        call.Http.Abort();
    }

    /// <summary>Not cut short when the client leaves: a server that has the request does it.</summary>
    Task Wait(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time, clock, CancellationToken.None) : Task.CompletedTask;
}
