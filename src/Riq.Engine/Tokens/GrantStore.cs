using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>A token that was issued, and how long it lives; null: it does not end by itself.</summary>
sealed record NewTokens(string Access, string? Refresh, TimeSpan? Life)
{
    public override string ToString() => $"tokens that live {Life}";
}

/// <summary>The statements on <c>service_grants</c>. All times are the database's.</summary>
sealed class GrantStore(Database database, TokenCipher cipher, TimeProvider time)
{
    const string AccessColumn = "access_token", RefreshColumn = "refresh_token";

    const string Columns = """
        generation, state, access_token, refresh_token, extract(epoch from expires_at - now())::float8, extract(epoch from refresh_at - now())::float8,
        extract(epoch from lease_until - now())::float8, seed, error
        """;

    const string ReadSql = $"select {Columns} from service_grants where service = $1";
    const string LockSql = ReadSql + " for update";

    const string ViewSql = "select service, generation, state, extract(epoch from expires_at)::float8, seed from service_grants";

    // Kept from the first sending on: a lost answer is asked for again with the same token.
    const string SpendSql = """
        update service_grants set spend_started_at = coalesce(spend_started_at, now()), lease_id = $2, lease_until = now() + $3, updated_at = now() where service = $1
        """;

    // Compared with the generation and the lease: whoever has stored or spent in between wins, and this answer is dropped. What was
    // refused stays so until the service takes the new token.
    const string StoreSql = """
        update service_grants set generation = generation + 1, access_token = $4, refresh_token = coalesce($5, refresh_token),
          expires_at = now() + $6, refresh_at = now() + $7, spend_started_at = null, lease_id = null,
          lease_until = case when state = 'needs_reauth' then now() + $8 end, error = case when state = 'needs_reauth' then error end, updated_at = now()
        where service = $1 and generation = $2 and lease_id = $3
        """;

    const string FailSql = """
        update service_grants set lease_id = null, lease_until = now() + $3, error = $4, updated_at = now() where service = $1 and lease_id = $2
        """;

    // One of all processes that find the credential refused changes the state: that one tells the operators.
    const string RefuseSql = """
        insert into service_grants(service, type, generation, state, seed, error, updated_at, lease_until) values ($1, $2, $3, 'needs_reauth', $4, $5, now(), now() + $6)
        on conflict (service) do update set state = 'needs_reauth', error = excluded.error, updated_at = now(), lease_id = null, lease_until = excluded.lease_until
        where service_grants.generation = $3 and service_grants.state = 'ok' and service_grants.seed = excluded.seed
        """;

    // One process a time. For OAuth that is decided when the token endpoint is asked.
    const string TrySql = "update service_grants set lease_until = now() + $2 where service = $1 and state = 'needs_reauth' and coalesce(lease_until, now()) <= now()";

    const string AcceptSql = "update service_grants set state = 'ok', error = null, lease_until = null, updated_at = now() where service = $1 and generation = $2 and state = 'needs_reauth'";

    const string ExpireSql = "update service_grants set expires_at = now(), refresh_at = now(), updated_at = now() where service = $1 and generation = $2 and state = 'ok' and (expires_at is null or expires_at > now())";

    // A configured refresh token begins the row; later it counts only if it is another one and the present grant is of no use.
    const string SeedSql = """
        insert into service_grants(service, type, generation, state, refresh_token, seed, updated_at) values ($1, $2, 1, 'ok', $3, $4, now())
        on conflict (service) do update set type = excluded.type, generation = service_grants.generation + 1, state = 'ok', access_token = null, refresh_token = excluded.refresh_token,
          expires_at = null, refresh_at = null, spend_started_at = null, lease_id = null, lease_until = null, error = null, seed = excluded.seed, updated_at = now()
        where service_grants.seed <> excluded.seed and ($5 or service_grants.state = 'needs_reauth' or service_grants.type <> excluded.type)
        """;

    // Another account may see other things: what reads gave before is void.
    const string ReplaceSql = """
        with audited as (insert into audit_entries(by, action, target) values ($7, 'grant_entered', $1)),
        another_account as (
          insert into cache_tags(tag, changed_by, changed_at) values ($1 || ':credential', pg_current_xact_id(), now())
          on conflict (tag) do update set changed_by = excluded.changed_by, changed_at = excluded.changed_at)
        insert into service_grants(service, type, generation, state, access_token, refresh_token, seed, expires_at, updated_at) values ($1, $2, 1, 'ok', $3, $4, $5, $6, now())
        on conflict (service) do update set type = excluded.type, generation = service_grants.generation + 1, state = 'ok', access_token = excluded.access_token,
          refresh_token = excluded.refresh_token, expires_at = excluded.expires_at, refresh_at = null, spend_started_at = null, lease_id = null, lease_until = null, error = null,
          seed = excluded.seed, updated_at = now()
        """;

    /// <summary>What the watch of a process needs to know, without tokens.</summary>
    public sealed record Seen(string Service, long Generation, string State, double? ExpiresAt, byte[] Seed);

    public Task<List<Seen>> View(CancellationToken cancellation) => database.Plain.CreateCommand(ViewSql)
        .List(r => new Seen(r.GetString(0), r.GetInt64(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetDouble(3), r.GetFieldValue<byte[]>(4)), cancellation);

    public async Task<Grant?> Read(string service, CancellationToken cancellation)
    {
        var at = time.GetTimestamp();
        return (await database.Plain.CreateCommand(ReadSql).With(service).List(r => GrantOf(service, r, at), cancellation)).SingleOrDefault();
    }

    /// <summary>Locks the row, reads it again and, if it is this process's turn, notes that the refresh token is about to be spent. Committed before it returns; the lock is not held on.</summary>
    public async Task<(Turn Turn, Grant Row)> BeginSpending(string service, Guid lease, TimeSpan leaseTime, CancellationToken cancellation)
    {
        await using var connection = await database.Plain.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var at = time.GetTimestamp();
        var row = (await new NpgsqlCommand(LockSql, connection, transaction).With(service).List(r => GrantOf(service, r, at), cancellation)).Single();
        var turn = Turns.Of(row);
        if (turn == Turn.Mine) await new NpgsqlCommand(SpendSql, connection, transaction).With(service).With(lease).With(leaseTime).Run(cancellation);
        await transaction.CommitAsync(cancellation);
        return (turn, row);
    }

    /// <summary>False when another credential was stored in between.</summary>
    public async Task<bool> Store(string service, long generation, Guid lease, NewTokens tokens, TimeSpan? refreshIn, TimeSpan probeIn) => await database.Plain.CreateCommand(StoreSql)
        .With(service).With(generation).With(lease).With(cipher.Encrypt(service, AccessColumn, tokens.Access)).With(Sealed(service, RefreshColumn, tokens.Refresh)).With(tokens.Life).With(refreshIn).With(probeIn).Run() > 0;

    /// <summary>Gives the lease back; nobody tries again before <paramref name="pause"/> is over.</summary>
    public Task Fail(string service, Guid lease, TimeSpan pause, string error) => database.Plain.CreateCommand(FailSql).With(service).With(lease).With(pause).With(error).Run();

    /// <summary>True when this call changed the state: the first to find it out.</summary>
    public async Task<bool> Refuse(string service, AuthSettings auth, long generation, string error) => await database.Plain.CreateCommand(RefuseSql)
        .With(service).With(auth.Type).With(generation).With(auth.Seed(service)).With(error).With(auth.ProbeInterval).Run() > 0;

    /// <summary>Whether it is this process's turn to try the refused credential; the next turn comes after <paramref name="interval"/>.</summary>
    public async Task<bool> BeginTry(string service, TimeSpan interval, CancellationToken cancellation) =>
        await database.Plain.CreateCommand(TrySql).With(service).With(interval).Run(cancellation) > 0;

    public async Task<bool> Accept(string service, long generation) => await database.Plain.CreateCommand(AcceptSql).With(service).With(generation).Run() > 0;

    /// <summary>The access token was refused before its end: it counts as ended.</summary>
    public Task Expire(string service, long generation) => database.Plain.CreateCommand(ExpireSql).With(service).With(generation).Run();

    /// <summary>The configured credential begins the row, or follows one that an operator has replaced in the configuration.</summary>
    public async Task<bool> BeginWith(string service, AuthSettings auth, CancellationToken cancellation) => await database.Plain.CreateCommand(SeedSql)
        .With(service).With(auth.Type).With(Sealed(service, RefreshColumn, auth.RefreshToken.Length > 0 ? auth.RefreshToken : null)).With(auth.Seed(service)).With(!auth.IsOAuth).Run(cancellation) > 0;

    /// <summary>A credential that an operator has given.</summary>
    public Task Replace(string service, AuthSettings auth, string? access, string? refresh, DateTimeOffset? expiresAt, string by, CancellationToken cancellation) => database.Plain.CreateCommand(ReplaceSql)
        .With(service).With(auth.Type).With(Sealed(service, AccessColumn, access)).With(Sealed(service, RefreshColumn, refresh)).With(auth.Seed(service)).With(expiresAt?.UtcDateTime).With(by).Run(cancellation);

    byte[]? Sealed(string service, string column, string? token) => token is null ? null : cipher.Encrypt(service, column, token);

    Grant GrantOf(string service, NpgsqlDataReader row, long at) => new(row.GetInt64(0), row.GetString(1), at)
    {
        Access = Opened(service, AccessColumn, row, 2),
        Refresh = Opened(service, RefreshColumn, row, 3),
        ExpiresIn = Span(row, 4),
        RefreshIn = Span(row, 5),
        BusyFor = Span(row, 6),
        Seed = row.GetFieldValue<byte[]>(7),
        Error = row.Text(8),
    };

    string? Opened(string service, string column, NpgsqlDataReader row, int index) => row.IsDBNull(index) ? null : cipher.Decrypt(service, column, row.GetFieldValue<byte[]>(index));

    static TimeSpan? Span(NpgsqlDataReader row, int index) => row.IsDBNull(index) ? null : TimeSpan.FromSeconds(row.GetDouble(index));
}
