namespace Riq.Engine.Bus;

/// <summary>What programs on the bus may do here: section <c>Riq:Bus</c>.</summary>
public sealed class BusOptions
{
    const int MaxNameLength = 100;

    /// <summary>Client of submissions whose sender is not in <see cref="Clients"/>. Default <c>bus</c>; <c>local</c> when no API keys are configured, as over REST.</summary>
    public string? DefaultClient { get; set; }

    /// <summary>The client of each RabbitMQ user: a message's <c>user_id</c> is checked by the broker.</summary>
    public Dictionary<string, string> Clients { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Submissions that one API process takes from RabbitMQ at a time: two full batches of the group commit. Default 512.</summary>
    public ushort SubmitPrefetch { get; set; } = 512;

    /// <summary>Whose request a message of this user is; null or unknown: the default client's.</summary>
    public string ClientOf(string? userId) => userId is not null && Clients.TryGetValue(userId, out var client) ? client : DefaultClient ?? "bus";

    public IEnumerable<string> Problems(string path)
    {
        if (DefaultClient is not null && !IsName(DefaultClient)) yield return $"{path}:DefaultClient must have 1 to {MaxNameLength} characters.";
        foreach (var (user, client) in Clients)
            if (!IsName(client)) yield return $"{path}:Clients:{user} must name a client, in 1 to {MaxNameLength} characters.";
        if (SubmitPrefetch is < 1 or > 10_000) yield return $"{path}:SubmitPrefetch must be between 1 and 10,000.";
    }

    static bool IsName(string text) => text.Length is > 0 and <= MaxNameLength && !text.Contains('\0');
}
