using System.Diagnostics;
using Npgsql;
using Riq.Engine.Storage;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.Drills;

/// <summary>Postgres is killed (-9) in the middle and started again.</summary>
static class PostgresCrash
{
    public static async Task<Report> Run(RiqInstallation riq, int perSecond, Action<string> tell)
    {
        await using var postgres = await LocalServer.Postgres();
        var connection = $"Host=127.0.0.1;Port={postgres.Port};Username=postgres;Database=postgres";
        await Database.Migrate(connection, CancellationToken.None);
        var drill = new Drill(Drill.Ready(riq).With("Riq__Postgres", connection), perSecond);
        return await drill.Run(async () =>
        {
            var watch = Stopwatch.StartNew();
            await postgres.Kill();
            await postgres.Start();
            tell($"  Postgres killed and answering again; finding its processes and starting it took {watch.Elapsed.TotalSeconds:0.0} s");
        }, () => Count(connection));
    }

    public static async Task<long> Count(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand("select count(*) from queue_requests");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
