using System.Text.Json;
using Npgsql;
using Riq.Contracts;
using Riq.Engine.Audit;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Gate;

/// <summary>The rows of <c>service_state</c>. A change is decided under the row's lock and stored with the event that it causes.</summary>
sealed class ServiceStateStore(Database database, RiqOptions options)
{
    const string Columns = """
        service, now(), coalesce(s.version, 0), coalesce(s.circuit, 'closed'), coalesce(s.generation, 1), s.opened_at, s.open_until, s.trial_owner, s.trial_until, s.forced, s.forced_by,
        coalesce(s.buckets::text, '[]'), s.paused_by, s.paused_at, s.paused_until, s.pause_reason, g.state = 'needs_reauth', g.lease_until, g.error, g.seed,
        s.rate_tokens, s.rate_at, s.held_until, s.held_reason, coalesce(s.strikes, 0), s.lowered_to, s.lowered_until, coalesce(s.holds::text, '[]'), s.rate, s.burst, s.concurrency, s.limits_by
        """;

    const int ColumnCount = 32;

    // Refused; or ended, and nobody may ask for another one before the pause after a failure is over.
    const string WithoutCredential = """
        (select * from service_grants where state = 'needs_reauth' or error is not null and expires_at <= now() and lease_until > now()) g using (service)
        """;

    const string ReadSql = $"select {Columns} from unnest($1::text[]) as wanted(service) left join service_state s using (service) left join {WithoutCredential}";
    const string LockSql = $"select {Columns} from service_state s left join {WithoutCredential} where service = $1 for update of s";
    const string AddSql = "insert into service_state(service, circuit, generation, buckets, version, updated_at) values ($1, 'closed', 1, '[]', 1, now()) on conflict do nothing";

    const string ChangeSql = """
        update service_state set circuit = $2, generation = $3, opened_at = $4, open_until = $5, trial_owner = $6, trial_until = $7, forced = $8, forced_by = $9,
          buckets = $10::jsonb, paused_by = $11, paused_at = $12, paused_until = $13, pause_reason = $14,
          rate_tokens = $15, rate_at = $16, held_until = $17, held_reason = $18, strikes = $19, lowered_to = $20, lowered_until = $21, holds = $22::jsonb,
          rate = $23, burst = $24, concurrency = $25, limits_by = $26, version = version + 1, updated_at = now()
        where service = $1
        """;

    // One statement, so that no lock is held over a worker's way to Postgres. Filled up to now, with what is given back; nothing
    // is granted while the service is not to be called. Does not count the version: who leases changes nothing that others act on.
    const string LeaseSql = $"""
        with locked as (
          select s.service as of, s.rate_tokens, s.rate_at, greatest(coalesce(s.burst, $3), 1) as room,
            case when s.lowered_until > now() then least(nullif(coalesce(s.rate, $2), 0), s.lowered_to) else nullif(coalesce(s.rate, $2), 0) end / 60.0::float8 as per_second,
            s.circuit = 'closed' and not (s.paused_by is not null and coalesce(s.paused_until > now(), true)) and coalesce(s.held_until <= now(), true) as may
          from service_state s where s.service = $1 for update),
        filled as (
          select of, may, least(room, coalesce(rate_tokens, room) + $5 + greatest(0, extract(epoch from now() - coalesce(rate_at, now()))::float8) * coalesce(per_second, 0)) as tokens
          from locked),
        granted as (select of, tokens, case when may then least($4, floor(tokens)::int) else 0 end as n from filled),
        taken as (
          update service_state u set rate_tokens = t.tokens - t.n, rate_at = greatest(u.rate_at, now()) from granted t where u.service = t.of
          returning u.*, t.n)
        select {Columns}, s.n from taken s left join {WithoutCredential}
        """;

    const string AnnounceSql = "insert into outbox(id, message_id, destination, body, due_at, attempts) values ($1, $1, $2, $3, now(), 0)";

    /// <summary>Reading and changing are harmless to give up: what is not stored happens again.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>The state of each of the services, whether it has a row or not. Throws within 3 s when Postgres is away.</summary>
    public Task<List<ServiceState>> Read(IEnumerable<string> services, CancellationToken cancellation) =>
        Limited(limit => database.Plain.CreateCommand(ReadSql).With(services.ToArray()).List(Read, limit), cancellation);

    /// <summary>Stores what <paramref name="decide"/> makes of the row, with who did it if that was a person; nothing when that is the same instance. Returns the row as it is then.</summary>
    public Task<ServiceState> Change(string service, Func<ServiceState, ServiceState> decide, CancellationToken cancellation, AuditEntry? audit = null) => Limited(async limit =>
    {
        await using var connection = await database.Plain.OpenConnectionAsync(limit);
        await using var transaction = await connection.BeginTransactionAsync(limit);
        var before = await Lock(connection, service, limit);
        var after = decide(before);
        if (ReferenceEquals(before, after)) return before;
        await Update(connection, after, limit);
        if (audit is not null) await AuditStore.Write(connection, audit, limit);
        if (options.Events.Publish && EventOf(before, after) is { } happened) await Announce(connection, happened, limit);
        await transaction.CommitAsync(limit);
        return after with { Version = before.Version + 1 };
    }, cancellation);

    /// <summary>
    /// Takes up to <paramref name="wanted"/> tokens out of the shared bucket after putting <paramref name="unused"/> back.
    /// Throws within 3 s when Postgres is away; tokens of a lease in doubt are lost, never given twice.
    /// </summary>
    public Task<(int Granted, ServiceState State)> Lease(string service, RateOptions rate, int wanted, int unused, CancellationToken cancellation = default) => Limited(async limit =>
    {
        while (true)
        {
            var rows = await database.Plain.CreateCommand(LeaseSql).With(service).With(rate.PerMinute).With(rate.Burst).With(wanted).With(unused).List(r => (r.GetInt32(ColumnCount), Read(r)), limit);
            if (rows is [var row]) return row;
            await database.Plain.CreateCommand(AddSql).With(service).Run(limit);
        }
    }, cancellation);

    async Task<ServiceState> Lock(NpgsqlConnection connection, string service, CancellationToken limit)
    {
        while (true)
        {
            if (await new NpgsqlCommand(LockSql, connection).With(service).List(Read, limit) is [var row]) return row;
            await new NpgsqlCommand(AddSql, connection).With(service).Run(limit);
        }
    }

    static Task<int> Update(NpgsqlConnection connection, ServiceState s, CancellationToken limit) => new NpgsqlCommand(ChangeSql, connection)
        .With(s.Service).With(Word(s.Circuit.Phase)).With(s.Circuit.Generation).With(s.Circuit.OpenedAt).With(s.Circuit.OpenUntil)
        .With(s.Circuit.TrialOwner).With(s.Circuit.TrialUntil).With(s.Circuit.Forced is { } forced ? Word(forced) : null).With(s.Circuit.ForcedBy)
        .With(JsonSerializer.Serialize(s.Circuit.Buckets.Select(b => new[] { b.Second, b.Calls, b.Failures })))
        .With(s.Pause?.By).With(s.Pause?.Since).With(s.Pause?.Until).With(s.Pause?.Reason)
        .With(s.Rate.Tokens).With(s.Rate.FilledAt).With(s.Rate.HeldUntil).With(s.Rate.HeldReason).With(s.Rate.Strikes).With(s.Rate.LoweredTo).With(s.Rate.LoweredUntil)
        .With(JsonSerializer.Serialize(s.Rate.Holds)).With(s.Rate.Override.Rate).With(s.Rate.Override.Burst).With(s.Rate.Override.Concurrency).With(s.Rate.Override.By).Run(limit);

    static async Task Announce(NpgsqlConnection connection, object happened, CancellationToken limit)
    {
        var id = Guid.CreateVersion7();
        await new NpgsqlCommand(AnnounceSql, connection).With(id).With(Destinations.Event(happened.GetType())).With(Envelope.Event(id, happened)).Run(limit);
    }

    // A trial that fails is no second opening.
    static object? EventOf(ServiceState before, ServiceState after) => (before.Circuit.Phase == CircuitPhase.Closed, after.Circuit.Phase == CircuitPhase.Closed) switch
    {
        (true, false) => new CircuitOpened(after.Service, after.Now, after.Circuit.OpenUntil, after.Circuit.ForcedBy),
        (false, true) => new CircuitClosed(after.Service, after.Now, after.Circuit.ForcedBy),
        _ => null,
    };

    ServiceState Read(NpgsqlDataReader r) => new(r.GetString(0), r.GetDateTime(1), r.GetInt64(2), new(Phase(r.GetString(3)), r.GetInt64(4))
    {
        OpenedAt = r.Time(5), OpenUntil = r.Time(6), TrialOwner = r.Text(7), TrialUntil = r.Time(8), Forced = r.Text(9) is { } forced ? Phase(forced) : null, ForcedBy = r.Text(10),
        Buckets = [.. JsonSerializer.Deserialize<long[][]>(r.GetString(11))!.Select(b => new CallBucket(b[0], (int)b[1], (int)b[2]))],
    }, r.Text(12) is { } by ? new(by, r.GetDateTime(13), r.Time(14), r.Text(15)) : null) { Credentials = ReadCredentials(r), Rate = ReadRate(r) };

    // A row that tells of another credential than the configured one says nothing about this one.
    CredentialWait? ReadCredentials(NpgsqlDataReader r) =>
        r.IsDBNull(16) || !options.Of(r.GetString(0)).Auth.WaitsFor(r.GetString(0), r.GetFieldValue<byte[]>(19)) ? null : new(r.GetBoolean(16), r.Time(17), r.Text(18));

    static RateState ReadRate(NpgsqlDataReader r) => new()
    {
        Tokens = r.Number(20), FilledAt = r.Time(21), HeldUntil = r.Time(22), HeldReason = r.Text(23), Strikes = r.GetInt32(24), LoweredTo = r.Number(25), LoweredUntil = r.Time(26),
        Holds = r.GetString(27) is var holds && holds == "[]" ? [] : JsonSerializer.Deserialize<ScopeHold[]>(holds)!,
        Override = new(r.Int(28), r.Int(29), r.Int(30), r.Text(31)),
    };

    /// <summary>The phase as it is stored and shown.</summary>
    public static string Word(CircuitPhase phase) => phase switch { CircuitPhase.Closed => "closed", CircuitPhase.Open => "open", _ => "half_open" };

    static CircuitPhase Phase(string word) => word switch { "closed" => CircuitPhase.Closed, "open" => CircuitPhase.Open, _ => CircuitPhase.HalfOpen };

    static async Task<T> Limited<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        // A connection that has gone silent does not even take the cancellation: the caller is let go all the same.
        try { return await work(limit.Token).WaitAsync(Limit, cancellation); }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested) { throw new TimeoutException($"Postgres has not answered within {Limit.TotalSeconds} s.", e); }
    }
}
