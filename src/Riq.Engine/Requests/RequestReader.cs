using System.Globalization;
using Npgsql;
using Riq.Engine.Callbacks;
using Riq.Engine.Order;
using Riq.Engine.Results;
using Riq.Engine.Storage;

namespace Riq.Engine.Requests;

/// <summary>Which requests to list; what is null does not matter.</summary>
sealed record RequestFilter(string? OnlyClient, int Limit)
{
    public string? Client { get; init; }
    public string? Status { get; init; }
    public string? Service { get; init; }
    public string? Operation { get; init; }
    public string? Priority { get; init; }
    /// <summary>The error's code.</summary>
    public string? Error { get; init; }
    public string? IdempotencyKey { get; init; }
    public DateTime? CreatedAfter { get; init; }
    public DateTime? CreatedBefore { get; init; }
    public Guid? Before { get; init; }
}

/// <summary>One request with everything that is known of it.</summary>
sealed record RequestDetail(RequestSnapshot Snapshot, string Payload, string? IdempotencyKey, int MaxRetries, DateTime? ExpiresAt, DateTime UpdatedAt, DateTime? LeaseUntil,
    string? Worker, string? Traceparent, string? RoutingPath, IReadOnlyList<AttemptEntry> Attempts, IReadOnlyList<TimelineEntry> Timeline)
{
    /// <summary>What became of the callback; null when there is none yet.</summary>
    public CallbackState? Callback { get; init; }

    public required RequestRelations Relations { get; init; }
}

/// <summary>One ended attempt, counted from 1.</summary>
sealed record AttemptEntry(int Number, DateTime? StartedAt, DateTime EndedAt, string? Worker, string Event, int? HttpStatus, string? Error);

/// <summary>One change of the request, or one delivery of its callback; these have an HTTP status and, when they failed, the reason.</summary>
sealed record TimelineEntry(long Version, DateTime At, string Event, string Status, string? By, int? HttpStatus, string? Reason);

/// <summary>Lists and details, for people and for clients that lost a token.</summary>
sealed class RequestReader(Database database, RelationReader relations)
{
    public const int LargestPage = 200;

    // Ids come from clocks of several machines: this much more than their difference is searched.
    static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    const string DetailSql = $"""
        select {RequestSnapshot.Columns}, r.payload::text, r.idempotency_key, r.max_retries, r.expires_at, r.updated_at, r.lease_until, r.worker, r.traceparent, r.routing_path
        from queue_requests r where r.id = $1
        """;

    const string AttemptsSql = "select started_at, ended_at, worker, event, http_status, error::text from request_attempts where request_id = $1 order by attempt";

    const string TimelineSql = """
        select version, at, event, status, by, null::int, null::text from request_events where request_id = $1
        union all
        select version, ended_at, event, status, worker, null, null from request_attempts where request_id = $1
        union all
        select c.version, d.at, case when d.error is null then 'callback_delivered' else 'callback_failed' end, c.request_status, c.host, d.http_status, d.error
        from callbacks c join callback_deliveries d on d.callback_id = c.id where c.request_id = $1
        order by version, at
        """;

    public Task<List<RequestSnapshot>> List(RequestFilter f, CancellationToken cancellation)
    {
        var command = database.Plain.CreateCommand();
        var conditions = new List<string>();
        void Where<T>(T? value, string condition)
        {
            if (value is null) return;
            command.Parameters.Add(new NpgsqlParameter { Value = value });
            conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, command.Parameters.Count));
        }
        Where(f.OnlyClient, "r.client_id = ${0}");
        Where(f.Client, "r.client_id = ${0}");
        Where(f.Status, "r.status = ${0}");
        Where(f.Service, "r.service = ${0}");
        Where(f.Operation, "r.operation = ${0}");
        Where(f.Priority, "r.priority = ${0}");
        Where(f.Error, "r.error->>'code' = ${0}");
        Where(f.IdempotencyKey, "r.idempotency_key = ${0}");
        Where(f.CreatedAfter, "r.created_at > ${0}");
        Where(f.CreatedBefore, "r.created_at < ${0}");
        // The time is in the id too, and the ids have the index.
        Where(f.CreatedAfter is { } after && after > DateTime.UnixEpoch + ClockSlack ? (object)FirstIdAt(after - ClockSlack) : null, "r.id >= ${0}");
        Where(f.CreatedBefore is { } before && before < DateTime.MaxValue - ClockSlack ? (object)FirstIdAt(before + ClockSlack) : null, "r.id < ${0}");
        Where((object?)f.Before, "r.id < ${0}");
        var where = conditions.Count == 0 ? "" : "where " + string.Join(" and ", conditions);
        command.CommandText = $"select {RequestSnapshot.ColumnsOfList} from queue_requests r {where} order by r.id desc limit {f.Limit}";
        return command.List(RequestSnapshot.Read, cancellation);
    }

    /// <param name="id">The request.</param>
    /// <param name="onlyClient">Whose other requests may be named with it; null: everybody's.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<RequestDetail?> Find(Guid id, string? onlyClient, CancellationToken cancellation)
    {
        var attempts = await database.Plain.CreateCommand(AttemptsSql).With(id)
            .List(r => new AttemptEntry(0, r.Time(0), r.GetDateTime(1), r.Text(2), r.GetString(3), r.Int(4), r.Text(5)), cancellation);
        var timeline = await database.Plain.CreateCommand(TimelineSql).With(id)
            .List(r => new TimelineEntry(r.GetInt64(0), r.GetDateTime(1), r.GetString(2), r.GetString(3), r.Text(4), r.Int(5), r.Text(6)), cancellation);
        var callback = await CallbackReader.Of(database, id, cancellation);
        var others = await relations.Of(id, onlyClient, cancellation);
        const int c = RequestSnapshot.ColumnCount;
        var found = await database.Plain.CreateCommand(DetailSql).With(id).List(r => new RequestDetail(RequestSnapshot.Read(r), r.GetString(c), r.Text(c + 1), r.GetInt32(c + 2),
            r.Time(c + 3), r.GetDateTime(c + 4), r.Time(c + 5), r.Text(c + 6), r.Text(c + 7), r.Text(c + 8), [.. attempts.Select((a, i) => a with { Number = i + 1 })], timeline) { Callback = callback, Relations = others }, cancellation);
        return found.SingleOrDefault();
    }

    /// <summary>The smallest id of a request made at this time or later.</summary>
    public static Guid FirstIdAt(DateTime at)
    {
        Span<byte> bytes = stackalloc byte[16];
        var milliseconds = Math.Max(0, new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)).ToUnixTimeMilliseconds());
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, milliseconds << 16);
        bytes[8..].Clear();
        return new(bytes, bigEndian: true);
    }
}
