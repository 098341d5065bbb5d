using System.Text.Json;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Execution;

/// <summary>Pure answers to: which waiting requests can go to the service together.</summary>
sealed class BatchRules(OperationCatalog catalog, RiqOptions options)
{
    /// <summary>The operations whose requests may go together.</summary>
    public string[] Operations { get; } = [.. catalog.Operations.Where(o => options.Of(o.Service).MostTogether(o) > 1).Select(o => o.Name)];

    /// <summary>Equal for requests that can go together; null: it goes alone.</summary>
    public string? KeyOf(NewRequest request)
    {
        if (request.Operation.Batch is not { } batch || options.Of(request.Operation.Service).MostTogether(request.Operation) == 1) return null;
        using var payload = JsonDocument.Parse(request.Payload);
        // A value that is another request's result is known only when it runs.
        return batch.Key(payload.RootElement) is { } key && !key.Contains("$result", StringComparison.OrdinalIgnoreCase) ? key : null;
    }

    /// <summary>How many may go in one call, this one included.</summary>
    public int MostWith(QueueRequest request) =>
        request.BatchKey is not null && request.NextStep == NextStep.Execute && catalog.Find(request.Operation) is { } operation ? options.Of(operation.Service).MostTogether(operation) : 1;
}
