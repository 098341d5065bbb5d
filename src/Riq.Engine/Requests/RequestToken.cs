namespace Riq.Engine.Requests;

/// <summary>The public name of a request: <c>req_</c> and the request's UUIDv7 in 32 hex digits.</summary>
public static class RequestToken
{
    const string Prefix = "req_";

    public static string Of(Guid id) => Prefix + id.ToString("N");

    /// <summary>False for anything that RIQ never handed out, whatever its length or encoding.</summary>
    public static bool TryParse(string? token, out Guid id)
    {
        id = default;
        return token is { Length: 36 } && token.StartsWith(Prefix, StringComparison.Ordinal)
            && Guid.TryParseExact(token.AsSpan(Prefix.Length), "N", out id);
    }
}
