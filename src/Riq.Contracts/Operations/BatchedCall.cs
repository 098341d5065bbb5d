using System.Text.Json;

namespace Riq.Contracts;

/// <summary>That several requests of an operation, or of operations with the same key, can go to the service together: <see cref="IServiceAdapter.ExecuteMany"/>.</summary>
/// <param name="Most">The most requests in one call.</param>
/// <param name="Key">Equal for payloads that can go together; null: this one goes alone. Pure.</param>
public sealed record BatchedCall(int Most, Func<JsonElement, string?> Key);
