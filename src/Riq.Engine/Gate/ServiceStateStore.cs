using System.Text.Json;
using Npgsql;
using Riq.Contracts;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Gate;

/// <summary>The rows of <c>service_state</c>. A change is decided under the row's lock and stored with the event that it causes.</summary>
sealed class ServiceStateStore(Database database)
{
    const string Columns = """
        service, now(), version, circuit, generation, opened_at, open_until, trial_owner, trial_until, forced, forced_by, buckets::text, paused_by, paused_at, paused_until, pause_reason
        """;
    const string ReadSql = $"select {Columns} from service_state";
    const string NowSql = "select now()";
    const string LockSql = $"select {Columns} from service_state where service = $1 for update";
    const string AddSql = "insert into service_state(service, circuit, generation, buckets, version, updated_at) values ($1, 'closed', 1, '[]', 1, now()) on conflict do nothing";

    const string ChangeSql = """
        update service_state set circuit = $2, generation = $3, opened_at = $4, open_until = $5, trial_owner = $6, trial_until = $7, forced = $8, forced_by = $9,
          buckets = $10::jsonb, paused_by = $11, paused_at = $12, paused_until = $13, pause_reason = $14, version = version + 1, updated_at = now()
        where service = $1
        """;

    const string AnnounceSql = "insert into outbox(id, message_id, destination, body, due_at, attempts) values ($1, $1, $2, $3, now(), 0)";

    /// <summary>Reading and changing are harmless to give up: what is not stored happens again.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>The state of each of the services, whether it has a row or not. Throws within 3 s when Postgres is away.</summary>
    public Task<List<ServiceState>> Read(IEnumerable<string> services, CancellationToken cancellation) => Limited(async limit =>
    {
        var rows = await database.Plain.CreateCommand(ReadSql).List(Read, limit);
        var missing = services.Except(rows.Select(r => r.Service)).ToArray();
        if (missing.Length == 0) return rows;
        var now = rows.Count > 0 ? rows[0].Now : (await database.Plain.CreateCommand(NowSql).List(r => r.GetDateTime(0), limit)).Single();
        return [.. rows, .. missing.Select(s => ServiceState.Unknown(s, now))];
    }, cancellation);

    /// <summary>Stores what <paramref name="decide"/> makes of the row; nothing when that is the same instance. Returns the row as it is then.</summary>
    public Task<ServiceState> Change(string service, Func<ServiceState, ServiceState> decide, CancellationToken cancellation) => Limited(async limit =>
    {
        await using var connection = await database.Plain.OpenConnectionAsync(limit);
        await using var transaction = await connection.BeginTransactionAsync(limit);
        var before = await Lock(connection, service, limit);
        var after = decide(before);
        if (ReferenceEquals(before, after)) return before;
        await Update(connection, after, limit);
        if (EventOf(before, after) is { } happened) await Announce(connection, happened, limit);
        await transaction.CommitAsync(limit);
        return after with { Version = before.Version + 1 };
    }, cancellation);

    static async Task<ServiceState> Lock(NpgsqlConnection connection, string service, CancellationToken limit)
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
        .With(s.Pause?.By).With(s.Pause?.Since).With(s.Pause?.Until).With(s.Pause?.Reason).Run(limit);

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

    static ServiceState Read(NpgsqlDataReader r) => new(r.GetString(0), r.GetDateTime(1), r.GetInt64(2), new(Phase(r.GetString(3)), r.GetInt64(4))
    {
        OpenedAt = r.Time(5), OpenUntil = r.Time(6), TrialOwner = r.Text(7), TrialUntil = r.Time(8), Forced = r.Text(9) is { } forced ? Phase(forced) : null, ForcedBy = r.Text(10),
        Buckets = [.. JsonSerializer.Deserialize<long[][]>(r.GetString(11))!.Select(b => new CallBucket(b[0], (int)b[1], (int)b[2]))],
    }, r.Text(12) is { } by ? new(by, r.GetDateTime(13), r.Time(14), r.Text(15)) : null);

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
