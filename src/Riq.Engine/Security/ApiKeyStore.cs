using Npgsql;
using Riq.Engine.Audit;
using Riq.Engine.Storage;

namespace Riq.Engine.Security;

/// <summary>
/// The statements on <c>api_keys</c>. API processes only read it; <c>./riq keys</c> writes it as the schema's owner, each
/// change together with its entry of the audit trail.
/// </summary>
static class ApiKeyStore
{
    const string Counts = "revoked_at is null and (expires_at is null or expires_at > now())";

    // The second part tells whether there has ever been a key: an installation that has revoked its last one is not open to everybody.
    // Every API process holds them in memory, so there is a limit.
    const string ReadSql = $"""
        (select hash, client_id, scopes, quota from api_keys where {Counts} limit 100000)
        union all
        (select null, null, null, null from api_keys limit 1)
        """;

    const string ListSql = $"""
        select id, client_id, scopes, quota, created_at, created_by, expires_at, revoked_at, {Counts}
        from api_keys where $1::text is null or client_id = $1 order by client_id, created_at
        """;

    const string AddSql = """
        insert into api_keys(id, client_id, hash, scopes, quota, created_at, created_by, expires_at) values ($1, $2, $3, $4, $5, now(), $6, now() + $7)
        """;

    // The successor has the same rights; an earlier end of the old key stays.
    const string SucceedSql = $"""
        insert into api_keys(id, client_id, hash, scopes, quota, created_at, created_by, expires_at)
        select $2, client_id, $3, scopes, quota, now(), $4, now() + $5 from api_keys where id = $1 and {Counts}
        returning client_id
        """;

    const string EndSql = "update api_keys set expires_at = least(expires_at, now() + $2) where id = $1";
    const string RevokeSql = "update api_keys set revoked_at = now(), revoked_by = $2 where id = $1 and revoked_at is null returning client_id";

    /// <summary>Every key that counts now by the hex of its hash; and whether there has ever been one.</summary>
    public static async Task<(Dictionary<string, ApiKey> Keys, bool Any)> Read(NpgsqlDataSource source, CancellationToken cancellation)
    {
        var rows = await source.CreateCommand(ReadSql).List(r => r.IsDBNull(0) ? default : (Hash: Convert.ToHexStringLower(r.GetFieldValue<byte[]>(0)),
            Key: new ApiKey(r.GetString(1), ScopeWords.Of(r.GetFieldValue<string[]>(2)), r.Int(3))), cancellation);
        return (rows.Where(r => r.Hash is not null).ToDictionary(r => r.Hash, r => r.Key), rows.Count > 0);
    }

    public static Task<List<ApiKeyInfo>> List(NpgsqlDataSource source, string? client, CancellationToken cancellation) => source.CreateCommand(ListSql).With(client)
        .List(r => new ApiKeyInfo(r.GetString(0), r.GetString(1), r.GetFieldValue<string[]>(2), r.Int(3), r.GetDateTime(4), r.GetString(5), r.Time(6), r.Time(7), r.GetBoolean(8)), cancellation);

    public static Task Add(NpgsqlDataSource source, NewApiKey key, ApiKey rights, TimeSpan? life, string by, CancellationToken cancellation) => InTransaction(source, async connection =>
    {
        await new NpgsqlCommand(AddSql, connection).With(key.Id).With(rights.Client).With(NewApiKey.HashOf(key.Text)).With(ScopeWords.Of(rights.Scopes)).With(rights.Quota).With(by).With(life).Run(cancellation);
        await AuditStore.Write(connection, new(by, "key_created", key.Id, rights.Client), cancellation);
        return true;
    }, cancellation);

    /// <summary>A key with the rights of <paramref name="old"/>, which counts on for <paramref name="overlap"/>. False: there is no such key that counts.</summary>
    public static Task<bool> Succeed(NpgsqlDataSource source, string old, NewApiKey key, TimeSpan? life, TimeSpan overlap, string by, CancellationToken cancellation) => InTransaction(source, async connection =>
    {
        var clients = await new NpgsqlCommand(SucceedSql, connection).With(old).With(key.Id).With(NewApiKey.HashOf(key.Text)).With(by).With(life).List(r => r.GetString(0), cancellation);
        if (clients.Count == 0) return false;
        await new NpgsqlCommand(EndSql, connection).With(old).With(overlap).Run(cancellation);
        await AuditStore.Write(connection, new(by, "key_rotated", old, clients[0]) { Details = $$"""{"successor":"{{key.Id}}"}""" }, cancellation);
        return true;
    }, cancellation);

    /// <summary>False: there is no such key, or it is revoked already.</summary>
    public static Task<bool> Revoke(NpgsqlDataSource source, string id, string by, CancellationToken cancellation) => InTransaction(source, async connection =>
    {
        var clients = await new NpgsqlCommand(RevokeSql, connection).With(id).With(by).List(r => r.GetString(0), cancellation);
        if (clients.Count == 0) return false;
        await AuditStore.Write(connection, new(by, "key_revoked", id, clients[0]), cancellation);
        return true;
    }, cancellation);

    static async Task<bool> InTransaction(NpgsqlDataSource source, Func<NpgsqlConnection, Task<bool>> work, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var done = await work(connection);
        await transaction.CommitAsync(cancellation);
        return done;
    }
}
