using System.Diagnostics;
using Npgsql;
using Riq.Engine.Storage;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.Drills;

/// <summary>The primary of a pair of Postgres servers is killed (-9) for good and its synchronous standby promoted. The processes know both addresses.</summary>
static class PostgresFailover
{
    public static async Task<Report> Run(RiqInstallation riq, int perSecond, Action<string> tell)
    {
        await using var primary = await LocalServer.Postgres();
        await Database.Migrate(At(primary), CancellationToken.None);
        await using var standby = await LocalServer.StandbyOf(primary);
        await WaitForTheStandby(primary);
        var drill = new Drill(Drill.Ready(riq).With("Riq__Postgres", $"Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port};Target Session Attributes=primary;Username=postgres;Database=postgres"), perSecond);
        return await drill.Run(async () =>
        {
            var watch = Stopwatch.StartNew();
            await primary.Kill();
            await standby.Promote();
            tell($"  primary killed and standby promoted; finding its processes and promoting took {watch.Elapsed.TotalSeconds:0.0} s");
        }, () => PostgresCrash.Count(At(standby)));
    }

    static string At(LocalServer server) => $"Host=127.0.0.1;Port={server.Port};Username=postgres;Database=postgres";

    // From now on a commit is told only when the standby has it on disk.
    static async Task WaitForTheStandby(LocalServer primary)
    {
        await using var source = NpgsqlDataSource.Create(At(primary));
        foreach (var sql in new[] { "alter system set synchronous_standby_names = '*'", "select pg_reload_conf()" })
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
