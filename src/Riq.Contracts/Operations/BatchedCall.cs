using System.Text.Json;

namespace Riq.Contracts;

/// <summary>That several requests of an operation, or of operations with the same key, can go to the service together: <see cref="IServiceAdapter.ExecuteMany"/>.</summary>
/// <param name="Most">The most requests in one call.</param>
/// <param name="Key">
/// Equal for payloads that can go together; null: this one goes alone. Pure. Values stand in it as they are in the payload: a request whose key
/// still has another request's result to come (<c>$result</c>) goes alone.
/// </param>
public sealed record BatchedCall(int Most, Func<JsonElement, string?> Key);
