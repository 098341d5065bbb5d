using Microsoft.Extensions.Logging;
using Riq.Engine.Batching;
using Riq.Engine.Gate;
using Riq.Engine.Observability;
using Riq.Engine.Reads;
using Riq.Engine.Requests;

namespace Riq.Engine.Execution;

/// <summary>
/// Runs one attempt: enter the gate, claim, call the adapter, let the machine decide, store. Returning means that the
/// message may be acknowledged: the attempt's outcome is stored, or it is somebody else's to store.
/// </summary>
sealed class Executor
{
    readonly Gates _gates;
    readonly ServiceViews _services;
    readonly ClaimStore _claims;
    readonly AttemptCalls _calls;
    readonly BatchedCalls _batches;
    readonly RequestLife _life;
    readonly TransitionWriter _writer;
    readonly HandBackStore _handBacks;
    readonly EqualReads _equalReads;
    readonly SharedReads _sharedReads;
    readonly StaleAnswers _stale;
    readonly QueueProgress _progress;
    readonly RequestLog _requestLog;
    readonly StorePatience _patience;
    readonly TimeProvider _time;
    readonly ILogger<Executor> _log;
    readonly GroupCommit<Claim, QueueRequest?> _claiming;

    public Executor(Gates gates, ServiceViews services, ClaimStore claims, AttemptCalls calls, BatchedCalls batches, RequestLife life, TransitionWriter writer, HandBackStore handBacks,
        EqualReads equalReads, SharedReads sharedReads, StaleAnswers stale, QueueProgress progress, RequestLog requestLog, StorePatience patience, TimeProvider time, ILogger<Executor> log)
    {
        (_gates, _services, _claims, _calls, _batches) = (gates, services, claims, calls, batches);
        (_life, _writer, _handBacks) = (life, writer, handBacks);
        (_equalReads, _sharedReads, _stale) = (equalReads, sharedReads, stale);
        (_progress, _requestLog, _patience, _time, _log) = (progress, requestLog, patience, time, log);
        _claiming = new(_claims.Take);
    }

    public async Task Run(ExecuteRequest command, string service, string priority)
    {
        if (_batches.TookAlong(command)) return;
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
        (QueueRequest Request, object End)[] ends = [];
        var pass = new GatePass(_time);
        try
        {
            // While it waited for its turn.
            if (_batches.TookAlong(command)) return;
            var askedAt = _time.GetTimestamp();
            request = await ClaimAttempt(command);
            if (request is not null)
            {
                // Who has overtaken others says nothing about what became of their commands.
                if (isInTurn) _progress.Claimed(request);
                _requestLog.Started(request);
                // Nobody when another delivery's call takes it along: this slot is free again.
                ends = await _calls.Make(await _batches.Gather(request, askedAt), pass);
            }
        }
        finally { gate.Leave(pass.TokenUsed); }

        if (request is null) await _patience.UntilStored("wait", command.RequestId, async () => { await _equalReads.Settle(command); return true; });
        else await Task.WhenAll(ends.Select(e => StoreOutcome(e.Request, e.End)));
    }

    Task<QueueRequest?> ClaimAttempt(ExecuteRequest command)
    {
        var claim = new Claim(command.RequestId, command.Attempt, Guid.CreateVersion7());
        return _patience.UntilStored("claim", command.RequestId, () => _claiming.Add(claim));
    }

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
        if (!await _patience.UntilStored("outcome", request.CorrelationId, () => _writer.Write(request))) _log.FencedOff(request.Token, attempt);
        else if (RequestStatus.IsEnd(request.Status)) _progress.Ended(request);
        await _sharedReads.Share(request, end);
    }

    // The gate closed (shutdown) or is blocked: the command goes back through the outbox, without a failed attempt.
    Task HandBackUnclaimed(ExecuteRequest command, HandedBack why) =>
        _patience.UntilStored("hand-back", command.RequestId, async () => { await _handBacks.HandBack(command, why); return true; });
}
