using Riq.Engine.Results;
using Riq.Engine.Storage;

namespace Riq.Engine.DeadLetters;

/// <summary>A dead letter in a list.</summary>
sealed record DeadLetter(RequestSnapshot Request, int Tier, string Fingerprint, DateTime? EscalatedAt, DateTime? ArchivedAt);

/// <summary>A page of dead letters, the youngest first, and how many there are in all.</summary>
sealed record DeadLetterPage(long Total, IReadOnlyList<DeadLetter> Items);

/// <summary>Dead letters of one kind: the same service, operation, code and message but for ids, numbers and quoted text.</summary>
/// <param name="PerHour">How many of them died in each of the last 24 hours, the oldest first.</param>
/// <param name="AnyUnknown">Whether the outcome of one of them is not known.</param>
/// <param name="Newest">One of them to look at.</param>
sealed record DeadLetterGroup(string Fingerprint, string Service, string Operation, string? Code, string? Message, long Count, DateTime FirstSeen, DateTime LastSeen, IReadOnlyList<long> PerHour, bool AnyUnknown, Guid Newest)
{
    public const int Hours = 24;
}

/// <summary>Lists the requests that wait for somebody to act.</summary>
sealed class DeadLetterReader(Database database, RiqOptions options)
{
    /// <summary>More groups than these are not listed; the largest come first.</summary>
    public const int MostGroups = 100;

    const string CountSql = $"select count(*) from queue_requests r where {DeadLetterFilter.Sql}";

    static readonly string ListSql = $"""
        select {RequestSnapshot.ColumnsOfList}, {DeadLetterFilter.TierSql}, {DeadLetterFilter.FingerprintSql}, d.escalated_at, d.archived_at
        from queue_requests r left join dead_letter_care d on d.request_id = r.id where {DeadLetterFilter.Sql} and ($11::uuid is null or r.id < $11) order by r.id desc limit $12
        """;

    // By hour first: there are few hours, and the groups are made of them.
    const string GroupsSql = $"""
        with hours as (
          select {DeadLetterFilter.FingerprintSql} as fingerprint, r.service, r.operation, r.error->>'code' as code, {DeadLetterFilter.MessageSql} as message,
            least(floor(extract(epoch from now() - r.completed_at) / 3600), $12)::int as hour, count(*) as n, min(r.completed_at) as first, max(r.completed_at) as last,
            coalesce(bool_or(r.error->'details'->>'outcome' = 'unknown'), false) as unknown, (array_agg(r.id order by r.id desc))[1] as newest
          from queue_requests r where {DeadLetterFilter.Sql} group by 1, 2, 3, 4, 5, 6)
        select fingerprint, service, operation, code, message, sum(n)::bigint, min(first), max(last), array_agg(hour), array_agg(n), bool_or(unknown), (array_agg(newest order by newest desc))[1]
        from hours group by 1, 2, 3, 4, 5 order by 6 desc, 8 desc limit $11
        """;

    public async Task<DeadLetterPage> List(DeadLetterFilter filter, Guid? before, int limit, CancellationToken cancellation)
    {
        var total = await filter.AddTo(database.Plain.CreateCommand(CountSql), options.DeadLetters).List(r => r.GetInt64(0), cancellation);
        const int c = RequestSnapshot.ColumnCount;
        var items = await filter.AddTo(database.Plain.CreateCommand(ListSql), options.DeadLetters).With(before).With(limit)
            .List(r => new DeadLetter(RequestSnapshot.Read(r), r.GetInt32(c), r.GetString(c + 1), r.Time(c + 2), r.Time(c + 3)), cancellation);
        return new(total.Single(), items);
    }

    public Task<List<DeadLetterGroup>> Groups(DeadLetterFilter filter, CancellationToken cancellation) => filter.AddTo(database.Plain.CreateCommand(GroupsSql), options.DeadLetters).With(MostGroups).With(DeadLetterGroup.Hours)
        .List(r => new DeadLetterGroup(r.GetString(0), r.GetString(1), r.GetString(2), r.Text(3), r.Text(4), r.GetInt64(5), r.GetDateTime(6), r.GetDateTime(7), PerHour(r.GetFieldValue<int[]>(8), r.GetFieldValue<long[]>(9)), r.GetBoolean(10), r.GetGuid(11)), cancellation);

    // Hour 0 is the last one; what is older than all of them is in none. A clock that was set back makes it less than 0.
    static long[] PerHour(int[] hours, long[] counts)
    {
        var perHour = new long[DeadLetterGroup.Hours];
        for (var i = 0; i < hours.Length; i++) if (hours[i] < DeadLetterGroup.Hours) perHour[^(Math.Max(hours[i], 0) + 1)] += counts[i];
        return perHour;
    }
}
