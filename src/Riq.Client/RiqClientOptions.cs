using Microsoft.Extensions.Options;

namespace Riq.Client;

/// <summary>How an application uses RIQ: section <c>Riq:Client</c>, or what <c>AddRiqClient</c> is given. Checked when the application starts.</summary>
public sealed class RiqClientOptions
{
    /// <summary>The section of the settings.</summary>
    public const string Section = "Riq:Client";

    /// <summary>The longest that RIQ holds one answer.</summary>
    internal static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(60);

    /// <summary>Where RIQ's API is, e.g. <c>https://riq.example.com</c>. Required.</summary>
    public Uri? Url { get; set; }

    /// <summary>The application's key; null when RIQ has none configured (then it listens on its own machine only).</summary>
    public string? ApiKey { get; set; }

    /// <summary>Whether writes wait for their end; false: they answer with a token. Per call: <see cref="QueuedCall.Wait"/>. Default: true.</summary>
    public bool WaitForWrites { get; set; } = true;

    /// <summary>How long a read waits for its answer before it is a <c>TIMEOUT</c>. Default: 30 s.</summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a write waits for its end before it is a <c>TIMEOUT</c>; it is carried out all the same. Default: 60 s.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a submission is repeated while RIQ does not answer or asks to be left alone; one that waits for its end, as long as it waits. Default: 30 s.</summary>
    public TimeSpan SubmitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long RIQ is asked to hold one answer, 1 to 60 s; a longer wait is several of them. Default: 25 s, below the limits of common proxies.</summary>
    public TimeSpan LongPoll { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Whether adapters see their own writes: a read after a write by the same adapter waits for that write. Default: true.</summary>
    public bool ReadOwnWrites { get; set; } = true;

    /// <summary><c>high</c>, <c>normal</c> or <c>low</c> for calls that say nothing else; null: normal.</summary>
    public string? Priority { get; set; }
}

/// <summary>Names everything that is wrong with the settings at once.</summary>
sealed class RiqClientOptionsCheck : IValidateOptions<RiqClientOptions>
{
    static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, RiqClientOptions options)
    {
        var problems = Problems(options).ToArray();
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    static IEnumerable<string> Problems(RiqClientOptions o)
    {
        if (o.Url is null) yield return $"{RiqClientOptions.Section}:Url is missing: give the address of RIQ's API, e.g. https://riq.example.com.";
        else if (!o.Url.IsAbsoluteUri || o.Url.Scheme is not ("http" or "https")) yield return $"{RiqClientOptions.Section}:Url must be an absolute http or https address; it is '{o.Url}'.";
        if (o.ApiKey is { } key && (key.Length == 0 || key.Any(c => c is <= ' ' or > '~'))) yield return $"{RiqClientOptions.Section}:ApiKey must consist of printable ASCII characters without blanks.";
        foreach (var (setting, value) in new[] { (nameof(o.ReadTimeout), o.ReadTimeout), (nameof(o.WriteTimeout), o.WriteTimeout), (nameof(o.SubmitTimeout), o.SubmitTimeout) })
            if (value <= TimeSpan.Zero || value > Longest) yield return $"{RiqClientOptions.Section}:{setting} must be more than zero and at most a day; it is {value}.";
        if (o.LongPoll < TimeSpan.FromSeconds(1) || o.LongPoll > RiqClientOptions.LongestPoll) yield return $"{RiqClientOptions.Section}:LongPoll must be from 1 to 60 s; it is {o.LongPoll}.";
        if (o.Priority is not (null or "high" or "normal" or "low")) yield return $"{RiqClientOptions.Section}:Priority must be high, normal or low; it is '{o.Priority}'.";
    }
}
