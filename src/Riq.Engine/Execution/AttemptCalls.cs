using System.Text.Json;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Observability;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Execution;

/// <summary>Calls the adapter for attempts that were claimed: for one, or for several that go together. Never throws for what the adapter does.</summary>
sealed class AttemptCalls(ServiceViews services, ICallBudget budget, CallMeters meters, ClaimStore claims, OperationCatalog catalog, PayloadResolver payloads, RiqOptions options,
    RetrySchedules schedules, StorePatience patience, TimeProvider time, ILogger<AttemptCalls> log)
{
    /// <summary>An attempt that can be made, or, with an <paramref name="End"/>, can't.</summary>
    sealed record Prepared(QueueRequest Request, OperationDeclaration? Operation, ResolvedPayload? Payload, object? End = null);

    /// <summary>What each attempt gave, as an event of the machine.</summary>
    public async Task<(QueueRequest Request, object End)[]> Make(Gathered gathered, GatePass pass)
    {
        if (gathered.Requests is [var alone]) return [(alone, await MakeAlone(await Prepare(alone), gathered.AskedAt, pass))];
        var all = await Task.WhenAll(gathered.Requests.Select(Prepare));
        var together = Array.FindAll(all, p => p.End is null);
        var ends = together.Length == 1 ? [await MakeAlone(together[0], gathered.AskedAt, pass)] : together.Length == 0 ? [] : await MakeTogether(together, gathered.AskedAt, pass);
        return [.. all.Where(p => p.End is not null).Select(p => (p.Request, p.End!)), .. together.Zip(ends, (p, end) => (p.Request, end))];
    }

    async Task<Prepared> Prepare(QueueRequest request)
    {
        var operation = catalog.Find(request.Operation);
        if (operation is null || request.NextStep == NextStep.ClearUp && PlanOf(operation) is null) return new(request, null, null, NotKnown(request));
        var payload = await patience.UntilStored("results", request.CorrelationId, () => payloads.Resolve(request, operation));
        request.ResolvedPayload = payload.Payload;
        if (payload.Refusal is { } refusal) return new(request, operation, payload, request.NextStep == NextStep.ClearUp ? new LeaseLost(RepeatSafe: false) : new AttemptFailed(refusal, RepeatSafe: true));
        return new(request, operation, payload);
    }

    OutcomeCheckPlan? PlanOf(OperationDeclaration operation) => OutcomeCheckPlan.Of(operation, options.Of(operation.Service));

    async Task<object> MakeAlone(Prepared p, long askedAt, GatePass pass)
    {
        if (p.End is { } end) return end;
        var (request, operation) = (p.Request, p.Operation!);
        if (NotNow([operation], askedAt) is { } back) return back;
        using var limit = Limit(pass, TimeoutOf(operation));
        var adapter = catalog.AdapterOf(operation);
        if (request.NextStep == NextStep.ClearUp)
            return new OutcomeChecked((await Guarded<EffectSearch>([p], pass, async calls => [await adapter.FindEffect(calls[0], limit.Token)]))[0], PlanOf(operation)!);
        return EndOf((await Guarded<JsonElement>([p], pass, async calls => [await adapter.Execute(calls[0], limit.Token)]))[0], operation, jitter: null);
    }

    async Task<object[]> MakeTogether(Prepared[] together, long askedAt, GatePass pass)
    {
        var operations = Array.ConvertAll(together, p => p.Operation!);
        if (NotNow(operations, askedAt) is { } back) return Array.ConvertAll(together, _ => back);
        using var limit = Limit(pass, operations.Max(TimeoutOf));
        var adapter = catalog.AdapterOf(operations[0]);
        var results = await Guarded(together, pass, calls => adapter.ExecuteMany(calls, limit.Token));
        RiqMetrics.BatchedCalls.WithLabels(operations[0].Service).Inc();
        foreach (var operation in operations) RiqMetrics.BatchedRequests.WithLabels(operation.Service, operation.Name).Inc();
        // Those that failed together are repeated together.
        var jitter = schedules.Jitter();
        return [.. results.Select((r, i) => EndOf(r, operations[i], jitter))];
    }

    /// <summary>Why nothing may be begun: too little is left of the leases, or the gate was blocked since it let this one in.</summary>
    HandedBack? NotNow(OperationDeclaration[] operations, long askedAt)
    {
        // By this process's own monotonic clock: what is left of the lease must outlast the call, else the attempt is not begun.
        if (operations.Min(o => claims.LeaseOf(o.Name)) - time.GetElapsedTime(askedAt) <= operations.Max(TimeoutOf)) return new("lease too short");
        var service = services.Of(operations[0].Service);
        return service.MayCall ? null : service.Deferral();
    }

    CancellationTokenSource Limit(GatePass pass, TimeSpan timeout)
    {
        pass.LimitTo(timeout);
        return new(timeout, time);
    }

    TimeSpan TimeoutOf(OperationDeclaration operation) => options.Of(operation.Service).Timeout ?? operation.Timeout;

    async Task<IReadOnlyList<AdapterResult<T>>> Guarded<T>(Prepared[] attempts, GatePass pass, Func<IReadOnlyList<OperationCall>, Task<IReadOnlyList<AdapterResult<T>>>> run)
    {
        var first = attempts[0].Request;
        var service = services.Of(first.Service);
        CallBudget.Begin(pass);
        var meter = meters.Of(first.Service);
        var begunAt = meter.Begin();
        bool? failed = null;
        var open = new List<IDisposable?>(2 * attempts.Length);
        try
        {
            var calls = Array.ConvertAll(attempts, a => CallOf(a, open));
            var generation = service.Generation;
            var spans = Array.ConvertAll(attempts, a => RequestTrace.Attempt(a.Request));
            open.AddRange(spans);
            var results = await run(calls);
            if (results.Count != attempts.Length) throw new InvalidOperationException($"{results.Count} results for {attempts.Length} calls.");
            for (var i = 0; i < spans.Length; i++) RequestTrace.Ended(spans[i], results[i].Error);
            var error = OfTheCall(results);
            failed = error is null ? false : error.IsServiceFailure;
            // An adapter that does not tell of each call is taken to have made one.
            if (pass.Samples.Calls == 0) pass.Ended(failed);
            service.Count(generation, pass.Samples.Calls, pass.Samples.Failures);
            HearLimit(first.Service, pass, error);
            return results;
        }
        catch (Exception e)
        {
            pass.TokenUsed = true;
            log.AdapterThrew(e, first.Token);
            return Array.ConvertAll(attempts, _ => AdapterResult<T>.Fail(
                new(ErrorCodes.Internal, "RIQ itself failed while running the operation; operators find the cause in the worker's log.") { Unclear = true }));
        }
        finally
        {
            meter.End(begunAt, failed);
            foreach (var opened in open) opened?.Dispose();
        }
    }

    static OperationCall CallOf(Prepared attempt, List<IDisposable?> open)
    {
        var payload = JsonDocument.Parse(attempt.Payload!.Payload);
        open.Add(payload);
        return new(attempt.Operation!, payload.RootElement, attempt.Request.Token) { UnclearFrom = attempt.Request.UnclearFrom, MustShow = attempt.Payload.MustShow };
    }

    // Of a call for several: a service that did what one of them asked works.
    static AdapterError? OfTheCall<T>(IReadOnlyList<AdapterResult<T>> results)
    {
        AdapterError? worst = null;
        foreach (var result in results)
        {
            if (result.Error is not { } error) return null;
            if (worst is null || worst.IsServiceFailure != true && (error.IsServiceFailure == true || error.Code == ErrorCodes.RateLimited)) worst = error;
        }
        return worst;
    }

    // Adapters that don't ask for each call are taken to have made one, unless the error says that nothing was sent.
    void HearLimit(string service, GatePass pass, AdapterError? error)
    {
        if (error is { Code: ErrorCodes.ValidationError or ErrorCodes.RateLimited or ErrorCodes.AuthFailed, HttpStatus: null }) return;
        pass.TokenUsed = true;
        if (error is { Code: ErrorCodes.RateLimited } && !pass.Heard) budget.Answered(new(service, "", null), new(Refused: true, LimitScope.Service) { Wait = error.RetryAfter });
    }

    object EndOf(AdapterResult<JsonElement> result, OperationDeclaration operation, double? jitter) => result.Success
        ? new Succeeded(ResultText(result.Data), result.Metadata.HttpStatus) { ExternalId = Entities.ExternalIdIn(result.Data) }
        : new AttemptFailed(result.Error!, operation.RepeatSafe) { Plan = PlanOf(operation), EndsWhenRefused = options.Of(operation.Service).Auth.FailRequests, Jitter = jitter };

    static string ResultText(JsonElement data) => data.ValueKind == JsonValueKind.Undefined ? "null" : StorableJson.Of(data);

    // The operation was taken out of use. What may have taken effect ends with an unknown outcome.
    static object NotKnown(QueueRequest request) => request.NextStep == NextStep.ClearUp
        ? new LeaseLost(RepeatSafe: false)
        : new AttemptFailed(new(ErrorCodes.ValidationError, $"Operation {request.Operation} is no longer known to this worker."), RepeatSafe: true);
}
