using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Engine.Execution;

/// <summary>What an adapter said, as an event of the machine.</summary>
static class AttemptEnd
{
    public static object Of(AdapterResult<JsonElement> result, OperationDeclaration operation, ServiceOptions service) =>
        result.Success ? new Succeeded(ResultText(result.Data), result.Metadata.HttpStatus) { ExternalId = Entities.ExternalIdIn(result.Data) } : new AttemptFailed(result.Error!, operation.RepeatSafe)
        { Plan = OutcomeCheckPlan.Of(operation, service), EndsWhenRefused = service.Auth.FailRequests };

    /// <summary>The adapter threw, which it never should. Whether it had called the service is not known.</summary>
    public static AdapterResult<T> Fault<T>() =>
        AdapterResult<T>.Fail(new(ErrorCodes.Internal, "RIQ itself failed while running the operation; operators find the cause in the worker's log.") { Unclear = true });

    static string ResultText(JsonElement data) => data.ValueKind == JsonValueKind.Undefined ? "null" : StorableJson.Of(data);
}
