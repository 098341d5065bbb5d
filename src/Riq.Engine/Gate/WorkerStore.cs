using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Gate;

/// <summary>A live worker of a service.</summary>
/// <param name="Concurrency">The calls at the same time that it permits itself.</param>
readonly record struct LiveWorker(string Service, Guid Id, int Concurrency);

/// <summary>The rows of <c>service_workers</c>: each worker says again and again that it is alive, and what it takes.</summary>
sealed class WorkerStore(Database database)
{
    /// <summary>Who has not been heard of for so long is dead. Longer than a worker trusts what it knows: a dead one's calls have stopped beginning by then.</summary>
    public static readonly TimeSpan DeadAfter = ServiceView.TrustedFor + TimeSpan.FromSeconds(1);

    static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    // Whoever writes touches its own rows only, or such as nobody touches any more.
    const string BeatSql = """
        with mine as (
          insert into service_workers(service, worker, name, concurrency, seen_at)
          select service, $1, $2, concurrency, now() from unnest($3::text[], $4::int[]) as t(service, concurrency)
          on conflict (service, worker) do update set seen_at = now(), concurrency = excluded.concurrency),
        forgotten as (
          delete from service_workers w using (select service, worker from service_workers where seen_at < now() - $6 and worker <> $1 for update skip locked) f
          where w.service = f.service and w.worker = f.worker)
        select service, worker, concurrency from service_workers where seen_at > now() - $5 and worker <> $1
        """;

    const string LiveSql = "select service, worker, concurrency from service_workers where seen_at > now() - $1";
    const string LeaveSql = "delete from service_workers where worker = $1";

    /// <summary>A connection that has gone silent must not keep a worker from being heard of over the next one.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Says that this worker is alive; returns the others that are.</summary>
    public async Task<List<LiveWorker>> Beat(Guid me, string name, IReadOnlyDictionary<string, int> concurrency, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        return await database.Plain.CreateCommand(BeatSql)
            .With(me).With(name).With(concurrency.Keys.ToArray()).With(concurrency.Values.ToArray()).With(DeadAfter).With(ForgottenAfter).List(Read, limit.Token).WaitAsync(Limit, cancellation);
    }

    /// <summary>Says that this worker is gone: the others need not wait for its death to show.</summary>
    public Task Leave(Guid me, CancellationToken cancellation) => database.Plain.CreateCommand(LeaveSql).With(me).Run(cancellation);

    public Task<List<LiveWorker>> Live(CancellationToken cancellation) => database.Plain.CreateCommand(LiveSql).With(DeadAfter).List(Read, cancellation);

    static LiveWorker Read(NpgsqlDataReader r) => new(r.GetString(0), r.GetGuid(1), r.GetInt32(2));
}
