using Riq.Contracts;

namespace Riq.Engine.Submission;

/// <summary>Every refusal of a submission over the bus, with the status that REST has for the same.</summary>
static class BusRefusals
{
    public const int RetryAfterFull = 30;

    public static RequestRefused Invalid(ProblemList problems) => new()
    {
        Status = 400, Title = "The submission is not valid", Detail = "See errors for what is wrong with each field; the names are those of the REST interface.", Errors = problems.ByField,
    };

    public static RequestRefused NoKey() => new()
    {
        Status = 400, Title = "The submission has no key", Detail = "Give an idempotency_key, or send the message with a message id (property message_id): a broker may deliver twice, and without either RIQ can't tell.",
    };

    public static RequestRefused TooLarge() => new()
    {
        Status = 413, Title = "The message is too large", Detail = $"A submission may have at most {BusBody.MaxBytes:N0} bytes.",
    };

    public static RequestRefused OtherContent() => new()
    {
        Status = 422, Title = "The idempotency key was used before with other content",
        Detail = "Nothing was stored. Use a new key for a new request, or send exactly the operation and payload that the key was first used with.",
    };

    public static RequestRefused QueueFull(string service) => new()
    {
        Status = 429, Title = "The queue is full", Detail = $"Too many requests wait for {service}. Nothing was stored; submit again later.", RetryAfterSeconds = RetryAfterFull,
    };

    public static RequestRefused QuotaExceeded(int perMinute, TimeSpan wait) => new()
    {
        Status = 429, Title = "Too many submissions", Detail = $"Your client may submit {perMinute:N0} requests a minute. Nothing was stored; submit again later.", RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)),
    };
}
