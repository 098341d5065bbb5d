using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.DeadLetters;
using Riq.Engine.Requests;
using Riq.Engine.Security;

namespace Riq.Api.Http;

/// <summary>A refusal: status, title, and what to do about it.</summary>
sealed record Problem(int Status, string Title, string Detail)
{
    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", Title);
        json.WriteNumber("status", Status);
        json.WriteString("detail", Detail);
        if (Errors is { Count: > 0 })
        {
            json.WriteStartObject("errors");
            foreach (var (field, messages) in Errors)
            {
                json.WriteStartArray(field);
                foreach (var message in messages) json.WriteStringValue(message);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    public IResult Answer() => new JsonAnswer(Status, "application/problem+json", WriteTo);
}

/// <summary>Every refusal of the API (RFC 9457), in one place.</summary>
static class Problems
{
    /// <summary>How long a client should wait when Postgres is away.</summary>
    public const int RetryAfterSeconds = 5;

    public static Problem Invalid(ProblemList problems) => new(400, "The request is not valid", "See errors for what is wrong with each field.") { Errors = problems.ByField };

    public static Problem NotJson(string detail) => new(400, "The body is not valid JSON", detail);

    public static Problem OtherContent() => new(422, "The idempotency key was used before with other content",
        "Nothing was stored. Use a new key for a new request, or send exactly the operation and payload that the key was first used with.");

    public static Problem TooLarge() => new(413, "The body is too large", $"A body may have at most {RequestBody.MaxBytes:N0} bytes.");

    public static Problem AddressTooLong() => new(414, "The address is too long", $"An address may have at most {RequestHead.MaxLine:N0} characters; a cursor or a filter is never that long.");

    public static Problem HeadersTooLong() => new(431, "The headers are too long", $"There may be at most {RequestHead.MaxHeaderCount} headers with {RequestHead.MaxHeaders:N0} characters together.");

    public static Problem UnsupportedMedia(string detail) => new(415, "The body's format is not supported", detail);

    public static Problem QueueFull(string service) => new(429, "The queue is full", $"Too many requests wait for {service}. Nothing was stored; submit again later.");

    public static Problem QuotaExceeded(int perMinute) => new(429, "Too many submissions", $"Your client may submit {perMinute:N0} requests a minute. Nothing was stored; submit again after the time in Retry-After.");

    public static Problem LargerThanQuota(int count, int perMinute) => new(429, "Too many submissions", $"Your client may submit {perMinute:N0} requests a minute; {count:N0} at once are never taken. Nothing was stored; submit smaller batches.");

    public static Problem DatabaseAway() => new(503, "RIQ can't store or read requests at the moment",
        "Its database does not answer. If this was a submission, repeat it with the same idempotency key: that never makes a second request.");

    public static Problem UnknownToken() => new(404, "There is no such request", "The token is unknown. Tokens look like req_ and 32 hexadecimal digits, as submit returned them.");

    /// <summary>A queued request that can't be cancelled is one whose last attempt may have taken effect.</summary>
    public static Problem NotCancelled(string status) => new(409, "The request can't be cancelled any more", status == "queued"
        ? "Its last attempt may have taken effect; that is being found out."
        : $"Only a queued request can be cancelled; this one is {status}.");

    public static Problem NoCallback(string status) => new(409, "There is no callback to deliver", RequestStatus.IsEnd(status)
        ? "The request was submitted without callback_url, or has ended before its callbacks were kept."
        : $"A callback is delivered once the request has ended; this one is {status}.");

    public static Problem TooManyListeners(int most) => new(503, "Too many listeners", $"This process keeps {most:N0} streams open already. Connect to another one, or later.");

    public static Problem NotRetried(string status) => new(409, "The request is not run again", RequestStatus.IsEnd(status)
        ? status == RequestStatus.Completed ? "It has completed, and nothing that depends on it has failed for it." : "Something that it depends on has not succeeded: retry that, with with_dependents=true."
        : $"Only an ended request can be run again; this one is {status}.");

    public static Problem NotDead(string status) => new(409, "The request is not a dead letter", $"Only a dead request can be decided about; this one is {status}.");

    public static Problem UnknownBulkOperation() => new(404, "There is no such bulk operation", "The id is unknown; it was in the answer to the retry or purge that began it.");

    public static Problem UnknownGroup() => new(404, "There is no such group", "No dead letter has this fingerprint; GET /api/queue/dead-letters/groups has those there are.");

    public static Problem UnknownNote() => new(404, "There is no such note", "Somebody else may have removed it already.");

    public static Problem TooManyNotes() => new(409, "The group has enough notes", $"A group may have {GroupNotes.MostOfGroup} notes: remove one that is not needed any more first.");

    public static Problem OutcomeUnknown(string token) => new(409, "Somebody has to look first",
        $"Whether the request took effect is not known; error.details has what was found. Then decide: POST /api/queue/dead-letters/{token}/adopt if it did, …/send-again if it did not, …/abandon to give it up.");

    public static Problem UnknownService(IEnumerable<string> known) => new(404, "There is no such service", $"Known services: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");

    public static Problem UnknownService(string service) => new(404, "There is no such service", $"RIQ has no credential settings for {ProblemList.Printable(service)}: configure Riq:Services:<name>:Auth:Type first.");

    public static Problem NoEncryption() => new(409, "The grant can't be stored", "It would be stored encrypted, and there is no key: configure Riq:Encryption:Keys:<id> and Riq:Encryption:Current. Nothing was changed.");

    public static Problem Internal() => new(500, "RIQ failed", "This is a fault of RIQ; its log has the details. Repeating a submission with the same idempotency key is safe.");

    public static Problem Forbidden(Scopes anyOf, Scopes has) => new(403, "Your key does not permit that",
        $"It needs the scope {string.Join(" or ", ScopeWords.Of(anyOf))}, and your key has {string.Join(", ", ScopeWords.Of(has))}.");

    public static IResult Unauthorized() => new Problem(401, "Who are you?", "Send an API key: Authorization: Bearer <key>, or X-API-Key: <key>.").Answer();
}
