using Riq.Contracts;

namespace Riq.Adapters.Http;

/// <summary>Calls that got no answer at all. Whether anything was sent decides whether a write is unclear.</summary>
static class TransportErrors
{
    public static AdapterError TimedOut(string service, bool unclear) =>
        new(ErrorCodes.Timeout, unclear
            ? $"{service} did not answer in the operation's time; whether it carried out the write is not known."
            : $"{service} did not answer in the operation's time.")
        { Unclear = unclear };

    /// <summary>The operation's time was over before its next call's turn had come: nothing of it was sent, and the service is not to blame.</summary>
    public static AdapterError NoTurn(string service) =>
        new(ErrorCodes.RateLimited, $"The operation's time was over before its next call to {service} was permitted by the rate limit; that call was not sent.");

    /// <param name="service">Whom the call was for.</param>
    /// <param name="e">What went wrong; its own message is not shown, it may quote what was sent.</param>
    /// <param name="sent">Whether the body had begun to be written: false for a failure of name, connection or TLS.</param>
    /// <param name="write">Whether the call was to change something.</param>
    public static AdapterError Broken(string service, Exception e, bool sent, bool write)
    {
        var unclear = write && sent;
        var end = unclear ? "; whether it carried out the write is not known." : write ? "; nothing was sent." : ".";
        return new(ErrorCodes.ServiceUnavailable, $"{service} {Reason(e)}{end}") { Unclear = unclear };
    }

    public static AdapterError NoCredentialInTime(string service) =>
        new(ErrorCodes.AuthFailed, $"The credential for {service} was not to be had in the operation's time; nothing was sent.") { RetryAfter = RetryAfter.Shortest };

    public static AdapterError NoCredential(string service, Exception e) =>
        new(ErrorCodes.Internal, $"The credential for {service} could not be had ({e.GetType().Name}); nothing was sent.");

    static string Reason(Exception e) => (e as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "could not be reached: its name has no address (DNS)",
        HttpRequestError.ConnectionError => "could not be reached: the connection was refused or failed",
        HttpRequestError.SecureConnectionError => "could not be reached: the TLS handshake failed",
        HttpRequestError.ProxyTunnelError => "could not be reached: the proxy gave no tunnel",
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => "answered in a way that is not HTTP",
        _ => "broke the connection before it answered",
    };
}
