using System.Text.Json;
using System.Text.Json.Serialization;

namespace Riq.Contracts;

/// <summary>What one call to a service gave: data or an error, never both.</summary>
/// <typeparam name="T">The normalized data.</typeparam>
public sealed record AdapterResult<T>
{
    /// <summary>Whether the service did what was asked.</summary>
    [JsonIgnore]
    public bool Success => Error is null;
    /// <summary>The result; default when <see cref="Error"/> is set.</summary>
    public T? Data { get; init; }
    /// <summary>What went wrong; null on success.</summary>
    public AdapterError? Error { get; init; }
    /// <summary>Facts about the call itself.</summary>
    public AdapterMetadata Metadata { get; init; } = AdapterMetadata.None;

    /// <summary>A success.</summary>
    public static AdapterResult<T> Ok(T data, AdapterMetadata? metadata = null) => new() { Data = data, Metadata = metadata ?? AdapterMetadata.None };
    /// <summary>A failure.</summary>
    public static AdapterResult<T> Fail(AdapterError error, AdapterMetadata? metadata = null) => new() { Error = error, Metadata = metadata ?? AdapterMetadata.None };

    /// <summary>The same outcome with other data; an error stays as it is.</summary>
    public AdapterResult<TOther> Map<TOther>(Func<T, TOther> convert) =>
        Success ? AdapterResult<TOther>.Ok(convert(Data!), Metadata) : AdapterResult<TOther>.Fail(Error!, Metadata);
}

/// <summary>Why a call to a service did not give what was asked.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">What happened, for people; holds no secret.</param>
public sealed record AdapterError(string Code, string Message)
{
    /// <summary>The status of the service's answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }
    /// <summary>How long the service asked to be left alone, at the least; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
    /// <summary>
    /// True when the call was sent and it is not known whether the service carried it out (no answer, a cut connection,
    /// a 5xx after sending). A refused connection or a 429 is not unclear: nothing happened.
    /// </summary>
    public bool Unclear { get; init; }
    /// <summary>True when the service takes no credential that there is; false when there is merely none at the moment.</summary>
    public bool CredentialRefused { get; init; }
    /// <summary>The service's own field errors, as an object; undefined when there are none.</summary>
    public JsonElement? Details { get; init; }

    /// <summary>
    /// Whether this says that the service fails; null when it says nothing about the service. A 4xx and a 429 are answers of
    /// a service that works; a fault of RIQ and a payload that was refused before sending are not its doing.
    /// </summary>
    [JsonIgnore]
    public bool? IsServiceFailure => this switch
    {
        { Code: ErrorCodes.Timeout or ErrorCodes.ServiceUnavailable } => true,
        { HttpStatus: not null } => false,
        _ => null,
    };
}

/// <summary>Facts about a call that are not part of its result.</summary>
/// <param name="HttpStatus">The status of the last answer; null when there was none.</param>
public sealed record AdapterMetadata(int? HttpStatus)
{
    /// <summary>Nothing known.</summary>
    public static AdapterMetadata None { get; } = new((int?)null);
    /// <summary>The request's token when the call went through RIQ.</summary>
    public string? Token { get; init; }
    /// <summary>The consistency token of a write that went through RIQ.</summary>
    public string? ConsistencyToken { get; init; }
    /// <summary>
    /// True when RIQ has accepted the write and nobody waited for its end: there is no data yet. <see cref="Token"/> finds it, and
    /// stands for it in later writes: <c>$result.&lt;token&gt;.id</c>.
    /// </summary>
    public bool Pending { get; init; }
}
