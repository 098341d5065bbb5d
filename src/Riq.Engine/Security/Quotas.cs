using System.Collections.Concurrent;
using Riq.Engine.Storage;

namespace Riq.Engine.Security;

/// <summary>
/// How many submissions a client may make a minute, over all API processes. The bucket is a row of
/// <c>client_quotas</c>; a process draws from it what the client needs in about a second, so most submissions cost no
/// statement. What a process has drawn and not used stays with it: together they never give more than there is.
/// </summary>
sealed class Quotas(Database database, TimeProvider time)
{
    /// <summary>Clients that are known by name without being registered (tokens of an issuer) must not fill the memory.</summary>
    const int MostShares = 10_000;

    const int LargestDraw = 100;

    const string Available = "least($2, q.tokens + greatest(0, extract(epoch from now() - q.updated_at))::float8 * $2 / 60)";
    const string Given = $"case when {Available} >= $3 then least($4, floor({Available})) else 0 end";

    // A bucket that begins is full: a minute's worth may come at once, then it fills evenly.
    const string DrawSql = $"""
        insert into client_quotas as q (client_id, tokens, granted, updated_at) values ($1, $2::float8 - $4::int, $4, now())
        on conflict (client_id) do update set granted = {Given}, tokens = {Available} - {Given}, updated_at = greatest(q.updated_at, now())
        returning granted, tokens
        """;

    readonly ConcurrentDictionary<string, Share> _shares = new();

    /// <summary>Takes <paramref name="count"/> submissions; null when there were so many, else how long until there are. Throws when Postgres is away.</summary>
    public ValueTask<TimeSpan?> Take(string client, int perMinute, int count)
    {
        if (_shares.Count > MostShares) _shares.Clear();
        var share = _shares.GetOrAdd(client, static _ => new());
        return share.TryTake(count) ? default : new(Draw(share, client, perMinute, count));
    }

    async Task<TimeSpan?> Draw(Share share, string client, int perMinute, int count)
    {
        await share.Turn.WaitAsync();
        try
        {
            // Whoever was first in line may have drawn enough for all, or have been refused for all.
            if (share.TryTake(count)) return null;
            if (share.Refused is { } refused && count >= refused.Count && refused.Wait - time.GetElapsedTime(refused.At) is var rest && rest > TimeSpan.Zero) return rest;
            var draw = Math.Min(perMinute, Math.Max(count, Math.Clamp(perMinute / 60, 1, LargestDraw)));
            var (granted, left) = (await database.Hot.CreateCommand(DrawSql).With(client).With((double)perMinute).With(count).With(draw).List(r => (r.GetInt32(0), r.GetDouble(1)))).Single();
            share.Refused = granted > 0 ? null : new(count, TimeSpan.FromMinutes((count - left) / perMinute), time.GetTimestamp());
            if (share.Refused is { } now) return now.Wait;
            share.Add(granted - count);
            return null;
        }
        finally { share.Turn.Release(); }
    }

    sealed record Refusal(int Count, TimeSpan Wait, long At);

    /// <summary>What this process has drawn for one client and not used.</summary>
    sealed class Share
    {
        int _left;

        public SemaphoreSlim Turn { get; } = new(1);
        public Refusal? Refused { get; set; }

        public bool TryTake(int count)
        {
            while (true)
            {
                var left = Volatile.Read(ref _left);
                if (left < count) return false;
                if (Interlocked.CompareExchange(ref _left, left - count, left) == left) return true;
            }
        }

        public void Add(int count) => Interlocked.Add(ref _left, count);
    }
}
