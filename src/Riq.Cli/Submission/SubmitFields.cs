using System.CommandLine;
using Riq.Contracts;

namespace Riq.Cli.Submission;

/// <summary>The options of submit that are fields of the submission. What a line of a file says itself is left as it is.</summary>
sealed class SubmitFields
{
    readonly Option<string?> _priority = new("--priority") { Description = "high, normal or low." };
    readonly Option<string?> _key = new("--key") { Description = "The idempotency key: the same key is the same request. Not with --file." };
    readonly Option<string[]> _after = new("--depends-on") { Description = "Tokens of requests that must be completed first.", AllowMultipleArgumentsPerToken = true };
    readonly Option<string?> _consistency = new("--after-consistency-token") { Description = "The consistency token of a write that must be seen." };
    readonly Option<bool> _fresh = new("--fresh") { Description = "Not from the cache." };
    readonly Option<int?> _stale = new("--stale-if-error") { Description = "Seconds: when the service fails, an answer at most so old will do." };
    readonly Option<int?> _retries = new("--max-retries") { Description = "0 to 20; else 3." };
    readonly Option<int?> _expires = new("--expires-in") { Description = "Seconds after which it is not begun any more." };
    readonly Option<string?> _callback = new("--callback-url") { Description = "Called with the result." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _priority, _key, _after, _consistency, _fresh, _stale, _retries, _expires, _callback }) command.Options.Add(option);
    }

    public Func<SubmitRequest, SubmitRequest> Read(ParseResult parsed) => s => s with
    {
        Priority = s.Priority ?? parsed.GetValue(_priority), IdempotencyKey = s.IdempotencyKey ?? parsed.GetValue(_key),
        DependsOn = s.DependsOn ?? (parsed.GetValue(_after) is { Length: > 0 } tokens ? tokens : null), AfterConsistencyToken = s.AfterConsistencyToken ?? parsed.GetValue(_consistency),
        Fresh = s.Fresh ?? (parsed.GetValue(_fresh) ? true : null), StaleIfError = s.StaleIfError ?? parsed.GetValue(_stale), MaxRetries = s.MaxRetries ?? parsed.GetValue(_retries),
        ExpiresIn = s.ExpiresIn ?? parsed.GetValue(_expires), CallbackUrl = s.CallbackUrl ?? parsed.GetValue(_callback),
    };
}
