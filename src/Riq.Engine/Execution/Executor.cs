using System.Text.Json;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Batching;
using Riq.Engine.Gate;
using Riq.Engine.Observability;
using Riq.Engine.Order;
using Riq.Engine.Reads;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Execution;

/// <summary>
/// Runs one attempt: enter the gate, claim, call the adapter, let the machine decide, store. Returning means that the
/// message may be acknowledged: the attempt's outcome is stored, or it is somebody else's.
/// </summary>
sealed class Executor
{
    static readonly TimeSpan StoreRetryDelay = TimeSpan.FromMilliseconds(250);

    readonly Gates _gates;
    readonly ServiceViews _services;
    readonly ICallBudget _budget;
    readonly CallMeters _meters;
    readonly ClaimStore _claims;
    readonly OperationCatalog _catalog;
    readonly PayloadResolver _payloads;
    readonly RequestLife _life;
    readonly TransitionWriter _writer;
    readonly HandBackStore _handBacks;
    readonly EqualReads _equalReads;
    readonly SharedReads _sharedReads;
    readonly StaleAnswers _stale;
    readonly QueueProgress _progress;
    readonly RiqOptions _options;
    readonly RequestLog _requestLog;
    readonly TimeProvider _time;
    readonly ILogger<Executor> _log;
    readonly GroupCommit<Claim, QueueRequest?> _claiming;

    public Executor(Gates gates, ServiceViews services, ICallBudget budget, CallMeters meters, ClaimStore claims, OperationCatalog catalog, PayloadResolver payloads, RequestLife life, TransitionWriter writer, HandBackStore handBacks,
        EqualReads equalReads, SharedReads sharedReads, StaleAnswers stale, QueueProgress progress, RiqOptions options, RequestLog requestLog, TimeProvider time, ILogger<Executor> log)
    {
        (_gates, _services, _budget, _meters, _claims, _catalog, _payloads) = (gates, services, budget, meters, claims, catalog, payloads);
        (_life, _writer, _handBacks) = (life, writer, handBacks);
        (_equalReads, _sharedReads, _stale) = (equalReads, sharedReads, stale);
        (_progress, _options, _requestLog, _time, _log) = (progress, options, requestLog, time, log);
        _claiming = new(claims.Take);
    }

    public async Task Run(ExecuteRequest command, string service, string priority)
    {
        var gate = _gates.Of(service);
        if (await gate.Enter(priority, command.Client ?? "")) await RunInside(gate, command, isInTurn: true);
        else await HandBackUnclaimed(command, gate.State == GateState.Closed ? new("shutdown") : _services.Of(service).Deferral());
    }

    /// <summary>Runs an attempt before its command has come from the queue. Not let in, nothing is lost: the command is still on its way.</summary>
    public async Task RunAhead(ExecuteRequest command, string service, string priority)
    {
        var gate = _gates.Of(service);
        if (await gate.Enter(priority, command.Client ?? "")) await RunInside(gate, command, isInTurn: false);
    }

    async Task RunInside(ServiceGate gate, ExecuteRequest command, bool isInTurn)
    {
        QueueRequest? request;
        object? end = null;
        var pass = new GatePass();
        try
        {
            var askedAt = _time.GetTimestamp();
            request = await ClaimAttempt(command);
            if (request is not null)
            {
                // Who has overtaken others says nothing about what became of their commands.
                if (isInTurn) _progress.Claimed(request);
                _requestLog.Started(request);
                end = await Call(request, pass, askedAt);
            }
        }
        finally { gate.Leave(pass.TokenUsed); }

        if (request is null) await UntilStored("wait", command.RequestId, async () => { await _equalReads.Settle(command); return true; });
        else await StoreOutcome(request, end!);
    }

    Task<QueueRequest?> ClaimAttempt(ExecuteRequest command)
    {
        var claim = new Claim(command.RequestId, command.Attempt, Guid.CreateVersion7());
        return UntilStored("claim", command.RequestId, () => _claiming.Add(claim));
    }

    /// <summary>What the attempt gave, as an event of the machine.</summary>
    async Task<object> Call(QueueRequest request, GatePass pass, long askedAt)
    {
        var operation = _catalog.Find(request.Operation);
        var plan = OutcomeCheckPlan.Of(operation, _options.Of(request.Service));
        if (operation is null || request.NextStep == NextStep.ClearUp && plan is null) return NotKnown(request);

        var payload = await UntilStored("results", request.CorrelationId, () => _payloads.Resolve(request, operation));
        request.ResolvedPayload = payload.Payload;
        if (payload.Refusal is { } refusal) return request.NextStep == NextStep.ClearUp ? new LeaseLost(RepeatSafe: false) : new AttemptFailed(refusal, RepeatSafe: true);

        var timeout = _options.Of(request.Service).Timeout ?? operation.Timeout;
        // By this process's own monotonic clock: what is left of the lease must outlast the call, else the attempt is not begun.
        if (_claims.LeaseOf(operation.Name) - _time.GetElapsedTime(askedAt) <= timeout) return new HandedBack("lease too short");
        // The gate may have been blocked since it let this one in.
        var service = _services.Of(request.Service);
        if (!service.MayCall) return service.Deferral();

        using var limit = new CancellationTokenSource(timeout, _time);
        var adapter = _catalog.AdapterOf(operation);
        if (request.NextStep == NextStep.ClearUp) return new OutcomeChecked(await Guarded(request, payload, operation, pass, call => adapter.FindEffect(call, limit.Token)), plan!);

        var result = await Guarded(request, payload, operation, pass, call => adapter.Execute(call, limit.Token));
        return result.Success ? new Succeeded(ResultText(result.Data), result.Metadata.HttpStatus) { ExternalId = Entities.ExternalIdIn(result.Data) } : new AttemptFailed(result.Error!, operation.RepeatSafe)
            { Plan = plan, EndsWhenRefused = _options.Of(request.Service).Auth.FailRequests };
    }

    async Task<AdapterResult<T>> Guarded<T>(QueueRequest request, ResolvedPayload resolved, OperationDeclaration operation, GatePass pass, Func<OperationCall, Task<AdapterResult<T>>> run)
    {
        var service = _services.Of(request.Service);
        CallBudget.Begin(pass);
        var meter = _meters.Of(request.Service);
        var begunAt = meter.Begin();
        bool? failed = null;
        try
        {
            using var payload = JsonDocument.Parse(resolved.Payload);
            var generation = service.Generation;
            using var span = RequestTrace.Attempt(request);
            var result = await run(new(operation, payload.RootElement, request.Token) { UnclearFrom = request.UnclearFrom, MustShow = resolved.MustShow });
            RequestTrace.Ended(span, result.Error);
            failed = result.Error is { } error ? error.IsServiceFailure : false;
            // An adapter that does not tell of each call is taken to have made one.
            if (pass.Samples.Calls == 0) pass.Ended(failed);
            service.Count(generation, pass.Samples.Calls, pass.Samples.Failures);
            HearLimit(request.Service, pass, result.Error);
            return result;
        }
        catch (Exception e)
        {
            pass.TokenUsed = true;
            _log.AdapterThrew(e, request.Token);
            return AdapterResult<T>.Fail(new(ErrorCodes.Internal, "RIQ itself failed while running the operation; operators find the cause in the worker's log.") { Unclear = true });
        }
        finally { meter.End(begunAt, failed); }
    }

    // Adapters that don't ask for each call are taken to have made one, unless the error says that nothing was sent.
    void HearLimit(string service, GatePass pass, AdapterError? error)
    {
        if (error is { Code: ErrorCodes.ValidationError or ErrorCodes.RateLimited or ErrorCodes.AuthFailed, HttpStatus: null }) return;
        pass.TokenUsed = true;
        if (error is { Code: ErrorCodes.RateLimited } && !pass.Heard) _budget.Answered(new(service, "", null), new(Refused: true, LimitScope.Service) { Wait = error.RetryAfter });
    }

    // The operation was taken out of use. What may have taken effect ends with an unknown outcome.
    static object NotKnown(QueueRequest request) => request.NextStep == NextStep.ClearUp
        ? new LeaseLost(RepeatSafe: false)
        : new AttemptFailed(new(ErrorCodes.ValidationError, $"Operation {request.Operation} is no longer known to this worker."), RepeatSafe: true);

    async Task StoreOutcome(QueueRequest request, object end)
    {
        await _sharedReads.Keep(request, end);
        var attempt = request.Attempt;
        var machine = _life.Machine;
        _ = await _stale.InPlaceOf(end, request) switch
        {
            Succeeded succeeded => await _life.Raise(request, machine.Succeeded, succeeded),
            AttemptFailed failed => await _life.Raise(request, machine.AttemptFailed, failed),
            OutcomeChecked answer => await _life.Raise(request, machine.OutcomeChecked, answer),
            LeaseLost lost => await _life.Raise(request, machine.LeaseLost, lost),
            var back => await _life.Raise(request, machine.HandedBack, (HandedBack)back),
        };
        if (!await UntilStored("outcome", request.CorrelationId, () => _writer.Write(request))) _log.FencedOff(request.Token, attempt);
        else if (RequestStatus.IsEnd(request.Status)) _progress.Ended(request);
        await _sharedReads.Share(request, end);
    }

    static string ResultText(JsonElement data) => data.ValueKind == JsonValueKind.Undefined ? "null" : StorableJson.Of(data);

    // The gate closed (shutdown) or is blocked: the command goes back through the outbox, without a failed attempt.
    Task HandBackUnclaimed(ExecuteRequest command, HandedBack why) =>
        UntilStored("hand-back", command.RequestId, async () => { await _handBacks.HandBack(command, why); return true; });

    /// <summary>An outage of Postgres never faults a message: it is held and tried again until the store takes it or the process ends.</summary>
    async Task<T> UntilStored<T>(string what, Guid id, Func<Task<T>> store)
    {
        for (var delay = StoreRetryDelay; ; delay = delay < TimeSpan.FromSeconds(4) ? delay * 2 : delay)
        {
            try { return await store(); }
            catch (Exception e) when (Database.IsOutage(e))
            {
                _log.StoreAway(what, RequestToken.Of(id), e.Message);
            }
            await Task.Delay(delay, _time);
        }
    }
}
