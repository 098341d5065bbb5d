namespace Riq.Contracts;

/// <summary>Why an execution ended without success: the values of <c>error.code</c>.</summary>
public static class ErrorCodes
{
    /// <summary>The service answered 429. Repeated; uses up no retry.</summary>
    public const string RateLimited = "RATE_LIMITED";
    /// <summary>The service refused the credential (401, also after one refresh).</summary>
    public const string AuthFailed = "AUTH_FAILED";
    /// <summary>No answer within the operation's time. Repeated.</summary>
    public const string Timeout = "TIMEOUT";
    /// <summary>408, 425, 5xx or a broken connection. Repeated.</summary>
    public const string ServiceUnavailable = "SERVICE_UNAVAILABLE";
    /// <summary>409: somebody else changed the object in between. Repeated a few times.</summary>
    public const string Conflict = "CONFLICT";
    /// <summary>404 or 410. Final.</summary>
    public const string NotFound = "NOT_FOUND";
    /// <summary>400, 413, 422 or a payload that the adapter refuses. Final.</summary>
    public const string ValidationError = "VALIDATION_ERROR";
    /// <summary>403 for lack of permission. Final.</summary>
    public const string Forbidden = "FORBIDDEN";
    /// <summary>A request in <c>depends_on</c> ended failed or dead. Final.</summary>
    public const string DependencyFailed = "DEPENDENCY_FAILED";
    /// <summary>The consistency token is older than its time to live. Final.</summary>
    public const string ConsistencyTokenExpired = "CONSISTENCY_TOKEN_EXPIRED";
    /// <summary>The write behind the consistency token failed. Final.</summary>
    public const string ConsistencyTokenInvalid = "CONSISTENCY_TOKEN_INVALID";
    /// <summary>Cancelled by its client or an operator before a worker took it. Final.</summary>
    public const string Cancelled = "CANCELLED";
    /// <summary><c>expires_at</c> passed before a worker took it. Final.</summary>
    public const string Expired = "EXPIRED";
    /// <summary>A fault of RIQ itself. Repeated.</summary>
    public const string Internal = "INTERNAL";

    /// <summary>Whether an execution that ended with this code may be repeated while retries are left.</summary>
    public static bool IsTransient(string code) =>
        code is RateLimited or Timeout or ServiceUnavailable or Conflict or Internal or AuthFailed;
}
