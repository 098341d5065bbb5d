namespace Riq.Engine.Tokens;

/// <summary>A service's grant as this process read it. Times are counted from <see cref="ReadAt"/>, a reading of this process's monotonic clock.</summary>
sealed record Grant(long Generation, string State, long ReadAt)
{
    /// <summary>What calls are made with: an access token, or a static credential.</summary>
    public string? Access { get; init; }
    public string? Refresh { get; init; }
    /// <summary>Null: it does not end by itself.</summary>
    public TimeSpan? ExpiresIn { get; init; }
    public TimeSpan? RefreshIn { get; init; }
    /// <summary>How long another process has the sole right to spend the refresh token, or nobody may try again.</summary>
    public TimeSpan? BusyFor { get; init; }
    public byte[] Seed { get; init; } = [];
    public string? Error { get; init; }

    public bool NeedsReauth => State == GrantState.NeedsReauth;

    /// <summary>Whether a call may be made with it. <paramref name="since"/>: the time since <see cref="ReadAt"/>.</summary>
    public bool IsUsable(TimeSpan since) => Access is not null && (ExpiresIn is not { } left || left - since > RefreshTiming.Arrival);

    public bool IsDueForRefresh(TimeSpan since) => !IsUsable(since) || RefreshIn is { } due && due <= since;

    // The compiler's own text would show the tokens.
    public override string ToString() => $"generation {Generation}, {State}";
}

/// <summary>What a refresh may do with the row that it has locked.</summary>
enum Turn
{
    /// <summary>Another process has brought a newer token in between.</summary>
    Fresh,
    /// <summary>Another process is at it, or it failed a moment ago.</summary>
    Busy,
    /// <summary>This one's turn.</summary>
    Mine,
}

static class Turns
{
    /// <summary>Whose turn it is, from the row as it stands under the lock. Pure.</summary>
    public static Turn Of(Grant row) =>
        !row.NeedsReauth && !row.IsDueForRefresh(TimeSpan.Zero) ? Turn.Fresh : row.BusyFor > TimeSpan.Zero ? Turn.Busy : Turn.Mine;
}
