using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>One event with its data, ready to be raised on any request, under its name in the transition table.</summary>
sealed record HappenedEvent(RequestEvent Kind, string Description, Func<RequestLife, QueueRequest, Task<bool>> Raise)
{
    /// <summary>Every error code there is, and one that a future adapter might invent.</summary>
    public static IReadOnlyList<string> Codes { get; } =
        [.. typeof(ErrorCodes).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!), "SOMETHING_NEW"];

    /// <summary>Every event of the machine with every kind of data that its decisions distinguish.</summary>
    public static IReadOnlyList<HappenedEvent> All { get; } = [.. Make()];

    public override string ToString() => Description;

    static IEnumerable<HappenedEvent> Make()
    {
        yield return new(RequestEvent.Started, "started", (l, r) => l.Raise(r, l.Machine.Started, new Started("worker-1")));
        yield return new(RequestEvent.Succeeded, "succeeded", (l, r) => l.Raise(r, l.Machine.Succeeded, new Succeeded("""{"id":"MD-1"}""", 200)));
        yield return new(RequestEvent.Shared, "shared success", (l, r) => l.Raise(r, l.Machine.Shared, new Shared(new Succeeded("{}", 200), "req_other")));
        foreach (var code in new[] { ErrorCodes.ServiceUnavailable, ErrorCodes.NotFound, ErrorCodes.RateLimited })
            yield return new(RequestEvent.Shared, $"shared {code}", (l, r) => l.Raise(r, l.Machine.Shared, new Shared(Life.Failure(code), "req_other")));
        yield return new(RequestEvent.Expired, "expired", (l, r) => l.Raise(r, l.Machine.Expired, new Expired()));
        yield return new(RequestEvent.Cancelled, "cancelled", (l, r) => l.Raise(r, l.Machine.Cancelled, new Cancelled("local")));
        yield return new(RequestEvent.Cancelled, "cancelled over the bus", (l, r) => l.Raise(r, l.Machine.CancelCommand, new CancelRequest(r.Token)));
        yield return new(RequestEvent.HandedBack, "handed back", (l, r) => l.Raise(r, l.Machine.HandedBack, new HandedBack("shutdown")));
        yield return new(RequestEvent.RetryRequested, "retry requested", (l, r) => l.Raise(r, l.Machine.RetryRequested, new RetryRequested("operator")));
        yield return new(RequestEvent.Adopted, "adopted", (l, r) => l.Raise(r, l.Machine.Adopted, new Adopted("{}", "operator")));
        yield return new(RequestEvent.SentAgain, "sent again", (l, r) => l.Raise(r, l.Machine.SentAgain, new SentAgain("operator")));
        yield return new(RequestEvent.Abandoned, "abandoned", (l, r) => l.Raise(r, l.Machine.Abandoned, new Abandoned("operator")));
        yield return new(RequestEvent.Released, "released", (l, r) => l.Raise(r, l.Machine.Released, new Released(null)));
        yield return new(RequestEvent.Released, "released into a lane", (l, r) => l.Raise(r, l.Machine.Released, new Released("jira:MD-1")));
        yield return new(RequestEvent.DependencyFailed, "dependency failed", (l, r) => l.Raise(r, l.Machine.DependencyFailed, new DependencyFailed(ErrorCodes.DependencyFailed, "It did not run.")));
        yield return new(RequestEvent.OutcomeChecked, "found", (l, r) => l.Check(r, Life.Answer(new EffectSearch.Found(JsonSerializer.SerializeToElement(new { id = "MD-1" })))));
        yield return new(RequestEvent.OutcomeChecked, "not found", (l, r) => l.Check(r, Life.Answer(new EffectSearch.NotFound())));
        yield return new(RequestEvent.OutcomeChecked, "ambiguous", (l, r) => l.Check(r, Life.Answer(new EffectSearch.Ambiguous([new("MD-1"), new("MD-2")]))));
        yield return new(RequestEvent.OutcomeChecked, "no answer", (l, r) => l.Check(r, Life.NoAnswer(ErrorCodes.ServiceUnavailable)));
        foreach (var plan in new[] { null, Life.Plan })
        {
            yield return new(RequestEvent.LeaseLost, $"lease lost of an unsafe write, plan {plan is not null}", (l, r) => l.Raise(r, l.Machine.LeaseLost, new LeaseLost(false) { Plan = plan }));
            yield return new(RequestEvent.AttemptFailed, $"unclear, plan {plan is not null}", (l, r) => l.Fail(r, Life.Failure(ErrorCodes.Timeout, unclear: true, repeatSafe: false, plan: plan)));
        }
        foreach (var safe in new[] { true, false })
        {
            yield return new(RequestEvent.LeaseLost, $"lease lost, repeat safe {safe}", (l, r) => l.Raise(r, l.Machine.LeaseLost, new LeaseLost(safe)));
            foreach (var code in Codes)
                foreach (var unclear in new[] { true, false })
                    yield return new(RequestEvent.AttemptFailed, $"{code}, unclear {unclear}, repeat safe {safe}", (l, r) => l.Fail(r, Life.Failure(code, unclear, safe)));
        }
    }
}
