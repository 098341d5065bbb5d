using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Engine.Order;

/// <summary>What a request runs with: its payload with results filled in, and the writes that it has to see.</summary>
/// <param name="Refusal">Why it can't run; null when it can.</param>
sealed record ResolvedPayload(string Payload, IReadOnlyList<JsonElement> MustShow, AdapterError? Refusal = null);

/// <summary>Fills in the results of other requests when a request runs. The stored payload stays as it was sent.</summary>
sealed class PayloadResolver(DependencyStore dependencies)
{
    /// <summary>Costs nothing for a request that depends on none. Throws when Postgres is away.</summary>
    public async Task<ResolvedPayload> Resolve(QueueRequest request, OperationDeclaration operation)
    {
        if (request.Depth == 0) return new(request.Payload, []);
        var results = await dependencies.ResultsFor(request.CorrelationId);
        JsonElement[] written = [.. results.Written];
        if (results.All.All(r => r.Kind != DependencyKind.Result)) return new(request.Payload, written);
        using var payload = JsonDocument.Parse(request.Payload);
        var problems = new ProblemList();
        if (ResultReferences.Resolve(payload.RootElement, results.Of, problems) is not { } resolved) return new(request.Payload, written, Refused(problems));
        using var filled = JsonDocument.Parse(resolved);
        operation.Payload.Validate(filled.RootElement, problems);
        return new(resolved, written, problems.IsEmpty ? null : Refused(problems));
    }

    static AdapterError Refused(ProblemList problems) => new(ErrorCodes.ValidationError, $"With the results that it refers to filled in, the payload is not valid: {problems}")
    {
        Details = JsonSerializer.SerializeToElement(problems.ByField, RiqJson.Options),
    };
}
