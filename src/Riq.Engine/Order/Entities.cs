using System.Text.Json;
using Riq.Contracts;

namespace Riq.Engine.Order;

/// <summary>Which entity a write changes. Pure.</summary>
static class Entities
{
    /// <summary>The field's text; null when the operation writes no entity or the payload names none.</summary>
    public static string? NameIn(OperationDeclaration operation, JsonElement payload) =>
        operation.Entity is { } entity && payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(entity.Name, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { } name && !string.IsNullOrWhiteSpace(name) ? name : null;

    /// <summary>The lane of the entity: one for every spelling of its name.</summary>
    public static string LaneOf(string service, string name) => $"{service}:{name.Trim().ToUpperInvariant()}";

    /// <summary>The number, when the name may be another name of an entity with a key.</summary>
    public static string? AliasOf(OperationDeclaration operation, string name) =>
        operation.Entity is { NumberIsAlias: true } && name.Trim() is { Length: <= 20 } number && number.All(char.IsAsciiDigit) ? number : null;

    /// <summary>The second name that a result tells of its entity; null when it tells none.</summary>
    public static string? ExternalIdIn(JsonElement result) =>
        result.ValueKind == JsonValueKind.Object
        && result.TryGetProperty("external_id", out var external) && external.ValueKind == JsonValueKind.String && external.GetString() is { Length: > 0 and <= 100 } number
        && result.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() != number ? number : null;
}
