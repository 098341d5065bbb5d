namespace Riq.Engine.Callbacks;

/// <summary>How the URLs are called that clients leave with their requests: section <c>Riq:Callbacks</c>.</summary>
public sealed class CallbackOptions
{
    /// <summary>
    /// Signing secret of every client without one of its own: <c>whsec_</c> and 24 to 64 bytes in base64. Several, separated by spaces, all sign, so
    /// that receivers can change over. Without a secret submissions with a <c>callback_url</c> are refused.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>Secrets by client, in the same form.</summary>
    public Dictionary<string, string> ClientSecrets { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Targets that may be called although they are not public: names, <c>*.suffix</c>, addresses, networks; separated by commas.</summary>
    public string? Allow { get; set; }

    /// <summary>How long one call may take. Default 15 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The wait after the first failed call; each further one is four times as long, up to 4 h. Default 5 s.</summary>
    public TimeSpan RetryBaseDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a callback is tried. Default 24 h.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Calls at the same time in one worker. Default 32.</summary>
    public int Concurrency { get; set; } = 32;

    /// <summary>Of these to one host. Default 4.</summary>
    public int PerHost { get; set; } = 4;

    internal CallbackRules Rules() => new(AllowList.Read(Allow, []), this);

    public IEnumerable<string> Problems(string path)
    {
        var unreadable = new List<string>();
        AllowList.Read(Allow, unreadable);
        foreach (var entry in unreadable) yield return $"{path}:Allow has '{entry}', which is no host name, *.suffix, address or network.";
        foreach (var (setting, value) in ClientSecrets.Select(c => ($"{path}:ClientSecrets:{c.Key}", (string?)c.Value)).Prepend(($"{path}:Secret", Secret)))
            if (value is not null && !WebhookSignature.TryReadSecrets(value, out _))
                yield return $"{setting} must be whsec_ and {WebhookSignature.ShortestSecret} to {WebhookSignature.LongestSecret} bytes in base64 (echo \"whsec_$(openssl rand -base64 32)\"); several are separated by spaces.";
        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromMinutes(2)) yield return $"{path}:Timeout must be between 00:00:00.100 and 00:02:00.";
        if (RetryBaseDelay <= TimeSpan.Zero || RetryBaseDelay > CallbackSchedule.LongestDelay) yield return $"{path}:RetryBaseDelay must be positive and at most 4 hours.";
        if (GiveUpAfter <= TimeSpan.Zero || GiveUpAfter > TimeSpan.FromDays(6)) yield return $"{path}:GiveUpAfter must be positive and at most 6 days, so that it ends before requests are cleaned up.";
        if (Concurrency is < 1 or > 1_000) yield return $"{path}:Concurrency must be between 1 and 1,000.";
        if (PerHost < 1 || PerHost > Concurrency) yield return $"{path}:PerHost must be between 1 and Concurrency.";
    }
}

/// <summary>Which callbacks may be asked for, and what signs them.</summary>
sealed class CallbackRules(AllowList allowed, CallbackOptions options)
{
    public AllowList Allowed => allowed;

    /// <summary>What is wrong with a client's callback URL, as the rest of a sentence; null when it is fine.</summary>
    public string? Problem(string url, string clientId) => CallbackUrl.Problem(url, allowed)
        ?? (SecretsOf(clientId).Count > 0 ? null : "can't be called: there is no secret to sign it with. An operator has to configure Riq:Callbacks:Secret.");

    public IReadOnlyList<byte[]> SecretsOf(string clientId) =>
        (options.ClientSecrets.GetValueOrDefault(clientId) ?? options.Secret) is { } text && WebhookSignature.TryReadSecrets(text, out var secrets) ? secrets : [];
}
