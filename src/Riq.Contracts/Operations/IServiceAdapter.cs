using System.Text.Json;

namespace Riq.Contracts;

/// <summary>
/// Turns the operations of one service into HTTP calls. Adding a service to RIQ means one class that implements this.
/// An adapter makes no retries and keeps no state of a request; it says exactly what happened.
/// </summary>
public interface IServiceAdapter
{
    /// <summary>The service's name, e.g. <c>jira</c>: lower-case letters, digits and hyphens.</summary>
    string Service { get; }

    /// <summary>What the service can be asked to do.</summary>
    IReadOnlyList<OperationDeclaration> Operations { get; }

    /// <summary>
    /// Runs one operation once. Never throws for what the service or the network did: these are values of the result.
    /// When <paramref name="cancellation"/> fires (the operation's time is over), the result is a <c>TIMEOUT</c> whose
    /// <see cref="AdapterError.Unclear"/> says whether the call may have been carried out.
    /// </summary>
    Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation);

    /// <summary>
    /// Runs several requests in as few calls as possible; called only for operations that declare <see cref="OperationDeclaration.Batch"/>,
    /// with equal keys. The results stand in the order of <paramref name="calls"/>. One request's fault never shows in another one's result;
    /// where it is not known what became of which, every one of them is unclear.
    /// </summary>
    async Task<IReadOnlyList<AdapterResult<JsonElement>>> ExecuteMany(IReadOnlyList<OperationCall> calls, CancellationToken cancellation) =>
        await Task.WhenAll(calls.Select(c => Execute(c, cancellation)));

    /// <summary>
    /// Asks the service whether an earlier attempt took effect; called only for operations that declare
    /// <see cref="OperationDeclaration.ClearingUp"/>. May complete what the attempt left unfinished where that can be repeated.
    /// Never throws for what the service or the network did; an error means that the question has no answer yet.
    /// </summary>
    Task<AdapterResult<EffectSearch>> FindEffect(OperationCall call, CancellationToken cancellation) =>
        Task.FromResult(AdapterResult<EffectSearch>.Fail(new(ErrorCodes.Internal, $"{Service} can't say whether {call.Operation.Name} took effect.")));

    /// <summary>
    /// Asks the service for something cheap that changes nothing, to learn whether it answers again after it has failed
    /// too often. Like <see cref="Execute"/> it throws for nothing that the service does. An adapter without a probe
    /// answers success: the next calls will tell.
    /// </summary>
    Task<AdapterResult<JsonElement>> Probe(CancellationToken cancellation) => Task.FromResult(AdapterResult<JsonElement>.Ok(default));
}

/// <summary>One execution that an adapter is asked for.</summary>
/// <param name="Operation">Which operation.</param>
/// <param name="Payload">Its payload, already validated against <see cref="OperationDeclaration.Payload"/>.</param>
/// <param name="Marker">The request's token. Writes leave it at the service where that is possible, so that an unclear outcome can be cleared up.</param>
public sealed record OperationCall(OperationDeclaration Operation, JsonElement Payload, string Marker)
{
    /// <summary>
    /// Results of writes that a read has to see, although the service's index may not show them yet: those behind
    /// <c>after_consistency_token</c>.
    /// </summary>
    public IReadOnlyList<JsonElement> MustShow { get; init; } = [];

    /// <summary>When the first attempt began whose outcome was unclear, by RIQ's database; null when there was none.</summary>
    public DateTimeOffset? UnclearFrom { get; init; }
}
