using System.Text.Json;
using Riq.Contracts;

namespace Riq.Adapters;

/// <summary>What running an operation has in common for every adapter: payload in, JSON out.</summary>
static class Execution
{
    /// <summary>Why the payload is refused; null when it is right. It was checked at submission, but references to other requests' results were filled in since.</summary>
    public static AdapterResult<JsonElement>? Refusal(OperationCall call)
    {
        var problems = new ProblemList();
        call.Operation.Payload.Validate(call.Payload, problems);
        if (problems.IsEmpty) return null;
        var details = JsonSerializer.SerializeToElement(problems.ByField, RiqJson.Options);
        return Http.Answer.Refused<JsonElement>($"{call.Operation.Name}: {problems}", details);
    }

    public static string Text(this OperationCall call, string field) => call.Payload.GetProperty(field).GetString()!;

    public static T Read<T>(this OperationCall call) => call.Payload.Deserialize<T>(RiqJson.Options)!;

    public static async Task<AdapterResult<JsonElement>> AsJson<T>(this Task<AdapterResult<T>> result) =>
        (await result).Map(data => JsonSerializer.SerializeToElement(data, RiqJson.Options));

    public static Task<AdapterResult<EffectSearch>> NoEffectSearch(OperationCall call) =>
        Task.FromResult(Http.Answer.Refused<EffectSearch>($"{call.Operation.Name} declares no way to find its effect."));

    public static Task<AdapterResult<JsonElement>> Unknown(OperationCall call) =>
        Task.FromResult(Http.Answer.Refused<JsonElement>($"{call.Operation.Service} has no operation {call.Operation.Name}."));
}
