using System.Text.Json;
using Riq.Contracts;

namespace Riq.Adapters.Http;

/// <summary>What one call gave: JSON (undefined when the service sent none) or an error.</summary>
sealed record Answer(int? Status, JsonElement Json, AdapterError? Error)
{
    public bool Ok => Error is null;

    /// <summary>Whether the service says that there is no such object. Said to a credential that has ended it means nothing, and is another error.</summary>
    public bool IsGone => Error is { Code: ErrorCodes.NotFound, HttpStatus: 404 };

    /// <summary>The bytes of the answer's body.</summary>
    public int Size { get; init; }

    /// <summary>What must not be in any error that is read from <see cref="Json"/>.</summary>
    public Secrets Secrets { get; init; } = Secrets.None;

    public static Answer Failed(AdapterError error) => new(error.HttpStatus, default, error);

    public AdapterResult<T> Result<T>(T data) => AdapterResult<T>.Ok(data, new(Status));

    public AdapterResult<T> Failure<T>() => Failure<T>(Error!);

    public static AdapterResult<T> Failure<T>(AdapterError error) => AdapterResult<T>.Fail(error, new(error.HttpStatus));

    public static AdapterResult<T> Refused<T>(string message, JsonElement? details = null) =>
        AdapterResult<T>.Fail(new(ErrorCodes.ValidationError, message) { Details = details });
}
