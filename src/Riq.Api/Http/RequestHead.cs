using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Riq.Api.Http;

/// <summary>
/// Refuses an address or headers that are too long with a problem that says so. Kestrel's own refusal of them is a bare status without a body, so it gets twice
/// as much to read: only what exceeds that, or is no HTTP at all, is refused by Kestrel.
/// </summary>
sealed class RequestHead(RequestDelegate next)
{
    public const int MaxLine = 8 * 1024, MaxHeaders = 32 * 1024, MaxHeaderCount = 100;

    public static void Limit(KestrelServerLimits limits) =>
        (limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount) = (2 * MaxLine, 2 * MaxHeaders, 2 * MaxHeaderCount);

    public Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestFeature>()!.RawTarget.Length > MaxLine) return Problems.AddressTooLong().Answer().ExecuteAsync(http);
        return IsTooLong(http.Request.Headers) ? Problems.HeadersTooLong().Answer().ExecuteAsync(http) : next(http);
    }

    static bool IsTooLong(IHeaderDictionary headers)
    {
        var (count, length) = (0, 0);
        foreach (var (name, values) in headers)
            foreach (var value in values)
            {
                count++;
                length += name.Length + (value?.Length ?? 0);
            }
        return count > MaxHeaderCount || length > MaxHeaders;
    }
}
