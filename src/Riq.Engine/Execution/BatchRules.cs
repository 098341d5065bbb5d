using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Execution;

/// <summary>Pure answers to: which waiting requests can go to the service together.</summary>
sealed class BatchRules(OperationCatalog catalog, RiqOptions options)
{
    /// <summary>Equal for requests that can go together; null: it goes alone.</summary>
    public string? KeyOf(NewRequest request)
    {
        // What refers to another request's result is known only when it runs.
        if (BatchOf(request.Operation) is not { } batch || request.Payload.Contains("$result", StringComparison.Ordinal) || request.Payload.Contains("\\u0024", StringComparison.Ordinal)) return null;
        using var payload = JsonDocument.Parse(request.Payload);
        return batch.Key(payload.RootElement);
    }

    /// <summary>How many others may go along with the request.</summary>
    public int RoomWith(QueueRequest request) =>
        request.BatchKey is not null && request.NextStep == NextStep.Execute && catalog.Find(request.Operation) is { } operation && BatchOf(operation) is { } batch ? batch.Most - 1 : 0;

    BatchedCall? BatchOf(OperationDeclaration operation) => options.Of(operation.Service).Batches(operation.Name) ? operation.Batch : null;
}
