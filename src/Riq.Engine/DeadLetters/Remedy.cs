using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Engine.DeadLetters;

/// <summary>What most likely helps dead letters of one kind, in a sentence for operators.</summary>
static class Remedy
{
    public static string For(string? code, string service, bool anyUnknown) => anyUnknown
        ? $"Look at {service} whether these took effect, then adopt, send again or abandon each: a plain retry is refused."
        : code switch
        {
            ErrorCodes.RateLimited or ErrorCodes.Timeout or ErrorCodes.ServiceUnavailable => $"Retry them all once {service} answers again; a few go first.",
            ErrorCodes.AuthFailed => $"Enter a new credential (POST /api/queue/services/{service}/grant), then retry them all.",
            ErrorCodes.Forbidden => $"Give RIQ's account at {service} the permission that the message names, then retry them all.",
            ErrorCodes.ValidationError => "The payload is refused as it is: retry one with a mended payload, or abandon them.",
            ErrorCodes.NotFound => "What they refer to is gone: restore it or mend the payload, or abandon them.",
            ErrorCodes.Conflict => "Something else changed the same object: look at it, then retry.",
            ErrorCodes.Internal => "A fault of RIQ, or something that kills its workers: read the workers' logs at the time of the last attempt before a retry.",
            _ => "Read the newest one's attempts, then retry one before all.",
        };

    /// <summary>Of one dead letter with this error (JSON).</summary>
    public static string For(string error, string service)
    {
        using var json = JsonDocument.Parse(error);
        return For(json.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null, service, RequestError.SaysUnknown(error));
    }

    /// <summary><c>rising</c>, <c>falling</c>, <c>steady</c> or <c>quiet</c>, from the last two hours.</summary>
    public static string Trend(long lastHour, long hourBefore) =>
        lastHour == 0 && hourBefore == 0 ? "quiet" : lastHour > 1.2 * hourBefore ? "rising" : lastHour < 0.8 * hourBefore ? "falling" : "steady";
}
