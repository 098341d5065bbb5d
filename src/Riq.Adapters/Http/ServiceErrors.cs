using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Contracts;

namespace Riq.Adapters.Http;

/// <summary>What an answer that is no success means. Pure.</summary>
static class ServiceErrors
{
    /// <summary>The call that was answered.</summary>
    public sealed record Asked(string Service, bool Write, Secrets Secrets);

    /// <summary>The one place where a foreign status becomes an error code.</summary>
    public static AdapterError Translate(Asked asked, int status, AnswerHeaders headers, string body, DateTimeOffset now)
    {
        var said = ErrorBody.Read(body, asked.Secrets);
        // The gateway's way to say that the credential is good and may not do this: another one of the same kind would not help.
        var code = status == 401 && said.Text?.Contains("scope does not match", StringComparison.OrdinalIgnoreCase) == true ? ErrorCodes.Forbidden : CodeOf(status);
        return new(code, Sentence(asked, status, headers, said.Text))
        {
            HttpStatus = status,
            RetryAfter = RetryAfter.Read(status, headers, now),
            // A 5xx may come from a gateway that gave up waiting while the service went on. A 4xx was decided before anything was done.
            Unclear = asked.Write && status >= 500,
            Details = DetailsOf(said.Details, status, headers, asked.Secrets),
        };
    }

    /// <summary>The answer as a refusal of the credential; null when it is none. To a credential that has ended a gateway may say that there is no such object, or no permission.</summary>
    public static Answer? Refusal(Answer answer, bool credentialEnded) => answer.Error switch
    {
        { Code: ErrorCodes.AuthFailed } => answer,
        { HttpStatus: 403 or 404 } error when credentialEnded => Answer.Failed(error with { Code = ErrorCodes.AuthFailed, Message = $"The credential has ended; the answer says nothing else. {error.Message}" }),
        _ => null,
    };

    static string CodeOf(int status) => status switch
    {
        401 => ErrorCodes.AuthFailed,
        403 => ErrorCodes.Forbidden,
        404 or 410 => ErrorCodes.NotFound,
        409 => ErrorCodes.Conflict,
        429 => ErrorCodes.RateLimited,
        408 or 425 or >= 500 => ErrorCodes.ServiceUnavailable,
        // A redirect is a wrong base address or a login page in between: an operator's to mend, so nobody's request fails for it.
        < 400 => ErrorCodes.ServiceUnavailable,
        _ => ErrorCodes.ValidationError,
    };

    static string Sentence(Asked asked, int status, AnswerHeaders headers, string? said)
    {
        var service = asked.Service;
        var what = status switch
        {
            401 => $"{service} refused the credential (401). Check Riq:Services:{service}:Auth",
            403 => $"{service} does not permit this to the account that RIQ uses (403)",
            404 or 410 => $"{service} has no such object, or hides it from the account that RIQ uses ({status})",
            409 => $"{service} reports a conflict with another change (409)",
            413 => $"{service} says that the request is too large (413)",
            429 => $"{service} asks for fewer calls (429)",
            >= 300 and < 400 => $"{service} answered with a redirect ({status}) to {HostOf(headers.Location)}. Check Riq:Services:{service}:BaseUrl",
            >= 500 => $"{service} failed ({status}){(asked.Write ? "; whether it carried out the write is not known" : "")}",
            _ => $"{service} refused the request ({status})",
        };
        return said is null ? what + "." : $"{what}: {said}";
    }

    static string HostOf(string? location) => Uri.TryCreate(location, UriKind.Absolute, out var uri) ? uri.Host : "another path";

    static JsonElement? DetailsOf(JsonObject? details, int status, AnswerHeaders headers, Secrets secrets)
    {
        if (status == 429 && headers.RateLimitReason is { Length: > 0 and <= 100 } reason)
            (details ??= [])["rate_limit_reason"] = secrets.Remove(reason);
        return details is null ? null : JsonSerializer.SerializeToElement(details, RiqJson.Options);
    }

    /// <summary>A success whose body can't be read: a read may be repeated, a write may have happened.</summary>
    public static AdapterError Unreadable(string service, bool write, int? status, string what) =>
        new(ErrorCodes.ServiceUnavailable, $"{service} {what} (status {status}){(write ? "; whether it carried out the write is not known" : "")}.")
        { HttpStatus = status, Unclear = write };

    public static AdapterError TooLarge(string service, bool write, int status, int limitBytes) => write
        ? Unreadable(service, write, status, $"sent an answer of more than {limitBytes / (1024 * 1024)} MiB")
        : new(ErrorCodes.ValidationError, $"{service}'s answer is larger than {limitBytes / (1024 * 1024)} MiB: ask for less at once with a smaller limit.") { HttpStatus = status };
}
