using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Callbacks;
using Riq.Engine.Requests;

namespace Riq.Engine.Submission;

/// <summary>Where a submission comes from: what is not in its body.</summary>
/// <param name="ClientId">Who asks.</param>
/// <param name="IdempotencyKey">From the header; null when there is none.</param>
/// <param name="Traceparent">W3C trace context.</param>
public sealed record SubmissionOrigin(string ClientId, string? IdempotencyKey = null, string? Traceparent = null);

/// <summary>Turns the JSON of a submission into a <see cref="NewRequest"/>, or names everything that is wrong with it.</summary>
public sealed class SubmissionReader
{
    public const int MaxKeyLength = 255;
    public const int MaxRefLength = 64;
    public const int MostRetries = 20;
    public const int OldestStaleSeconds = 7 * 24 * 3600;
    public const int LongestExpirySeconds = 30 * 24 * 3600;

    static readonly string[] Fields = ["operation", "payload", "priority", "idempotency_key", "fresh", "stale_if_error", "fire_and_forget", "max_retries", "expires_in", "depends_on", "after_consistency_token", "callback_url"];
    readonly OperationCatalog _catalog;
    readonly CallbackRules _callbacks;

    internal SubmissionReader(OperationCatalog catalog, CallbackRules callbacks) => (_catalog, _callbacks) = (catalog, callbacks);

    /// <summary>The request to store; null when <paramref name="problems"/> says why not.</summary>
    public NewRequest? Read(JsonElement body, SubmissionOrigin origin, ProblemList problems, bool inBatch = false)
    {
        if (!inBatch) JsonSafety.Check(body, "", problems);   // an item's has been looked at already
        if (!problems.IsEmpty) return null;   // its text can't even be read
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be a JSON object."); return null; }

        foreach (var field in body.EnumerateObject())
            if (!Fields.Contains(field.Name) && !(inBatch && field.Name == "ref"))
                problems.Add(ProblemList.Printable(field.Name), $"is not a field of a submission. The fields are: {string.Join(", ", Fields)}{(inBatch ? ", ref" : "")}.");

        var operation = ReadOperation(body, problems);
        var order = OrderReader.Read(body, inBatch, problems);
        var payload = ReadPayload(body, operation, order, problems);
        var request = new
        {
            Priority = ReadPriority(body, problems),
            Key = ReadKey(body, origin.IdempotencyKey, problems),
            MaxRetries = ReadInteger(body, "max_retries", 0, MostRetries, problems) ?? 3,
            ExpiresIn = ReadInteger(body, "expires_in", 1, LongestExpirySeconds, problems),
            FireAndForget = ReadFlag(body, "fire_and_forget", problems),
            Fresh = ReadFlag(body, "fresh", problems),
            StaleIfError = ReadInteger(body, "stale_if_error", 1, OldestStaleSeconds, problems),
            CallbackUrl = ReadCallback(body, origin.ClientId, problems),
            Ref = inBatch ? ReadText(body, "ref", MaxRefLength, problems) : null,
        };
        if (!problems.IsEmpty) return null;
        return new()
        {
            ClientId = origin.ClientId, Operation = operation!, Payload = payload.GetRawText(), PayloadHash = CanonicalJson.Hash(operation!.Name, payload),
            Priority = request.Priority, IdempotencyKey = request.Key, MaxRetries = request.MaxRetries, FireAndForget = request.FireAndForget, Fresh = request.Fresh, StaleIfError = operation.IsWrite ? null : request.StaleIfError,
            ExpiresIn = request.ExpiresIn is { } s ? TimeSpan.FromSeconds(s) : null, Traceparent = origin.Traceparent, Ref = request.Ref, CallbackUrl = request.CallbackUrl,
            Dependencies = order.Dependencies, RefDependencies = order.Refs, Entity = order.EntityIn(operation, payload),
        };
    }

    /// <summary>The name of an item in its batch, whatever else is wrong with the item; null when it has none.</summary>
    public static string? RefOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object && Given(item, "ref", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    OperationDeclaration? ReadOperation(JsonElement body, ProblemList problems)
    {
        if (!Given(body, "operation", out var value)) { problems.Add("operation", $"is required. Known operations: {KnownOperations}."); return null; }
        if (value.ValueKind != JsonValueKind.String) { problems.Add("operation", "must be a string."); return null; }
        if (_catalog.Find(value.GetString()!) is { } operation) return operation;
        problems.Add("operation", $"'{ProblemList.Printable(value.GetString()!)}' is unknown. Known operations: {KnownOperations}.");
        return null;
    }

    string KnownOperations => string.Join(", ", _catalog.Operations.Select(o => o.Name));

    static JsonElement ReadPayload(JsonElement body, OperationDeclaration? operation, OrderReader order, ProblemList problems)
    {
        if (!Given(body, "payload", out var payload)) { problems.Add("payload", "is required: an object with the operation's fields."); return default; }
        if (operation is not null) operation.Payload.Validate(payload, problems, order.IsKnownLater);
        else if (payload.ValueKind != JsonValueKind.Object) problems.Add("payload", "must be a JSON object.");
        order.CheckReferences(payload, problems);
        return payload;
    }

    static string ReadPriority(JsonElement body, ProblemList problems)
    {
        if (!Given(body, "priority", out var value)) return Priorities.Normal;
        if (value.ValueKind == JsonValueKind.String && Priorities.All.Contains(value.GetString()!)) return value.GetString()!;
        problems.Add("priority", $"must be one of: {string.Join(", ", Priorities.All)}.");
        return Priorities.Normal;
    }

    static string? ReadKey(JsonElement body, string? header, ProblemList problems)
    {
        var key = ReadText(body, "idempotency_key", MaxKeyLength, problems);
        if (header is not null && key is not null && header != key)
            problems.Add("idempotency_key", "differs from the Idempotency-Key header. Give one of them, or the same value in both.");
        return key ?? header;
    }

    string? ReadCallback(JsonElement body, string clientId, ProblemList problems)
    {
        if (!Given(body, "callback_url", out var value)) return null;
        if (value.ValueKind != JsonValueKind.String) { problems.Add("callback_url", "must be a string."); return null; }
        var url = value.GetString()!;
        if (_callbacks.Problem(url, clientId) is { } problem) problems.Add("callback_url", problem);
        return url;
    }

    static string? ReadText(JsonElement body, string name, int maxLength, ProblemList problems)
    {
        if (!Given(body, name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.String) { problems.Add(name, "must be a string."); return null; }
        var text = value.GetString()!;
        if (text.Length is 0 || text.Length > maxLength) problems.Add(name, $"must have 1 to {maxLength} characters.");
        return text;
    }

    static int? ReadInteger(JsonElement body, string name, int minimum, int maximum, ProblemList problems)
    {
        if (!Given(body, name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= minimum && number <= maximum) return number;
        problems.Add(name, $"must be a whole number from {minimum} to {maximum}.");
        return null;
    }

    static bool ReadFlag(JsonElement body, string name, ProblemList problems)
    {
        if (!Given(body, name, out var value)) return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        problems.Add(name, "must be true or false.");
        return false;
    }

    static bool Given(JsonElement body, string name, out JsonElement value) => body.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
