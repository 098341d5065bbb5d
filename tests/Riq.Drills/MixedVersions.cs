using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.Drills;

/// <summary>
/// An upgrade and a rollback under load: the schema first, then new APIs beside old workers, old APIs beside new workers, all new, and all old again on the new schema.
/// The former version's programs are in <see cref="OldPrograms"/>.
/// </summary>
static class MixedVersions
{
    static readonly TimeSpan Together = TimeSpan.FromMinutes(1);

    public static string? OldPrograms => Environment.GetEnvironmentVariable("RIQ_DRILL_OLD_BIN");

    public static async Task<Report> Run(RiqInstallation riq, int perSecond, Action<string> tell)
    {
        var old = OldPrograms ?? throw new InvalidOperationException("Give the version to upgrade from: ./riq drill versions --from TAG_OR_COMMIT");
        await using var postgres = await LocalServer.Postgres();
        var connection = $"Host=127.0.0.1;Port={postgres.Port};Username=postgres;Database=postgres";
        await Migrate(old, connection);
        var drill = new Drill(Drill.Ready(riq).With("Riq__Postgres", connection), perSecond);
        await drill.Start();
        var all = drill.ApiProcesses.Concat(drill.WorkerProcesses).ToArray();
        await Replace(all, old);
        var report = await drill.Under(async () =>
        {
            await Migrate(TestServers.Programs, connection);
            tell("  the schema is the new one");
            await Step("new APIs, old workers", drill.ApiProcesses, TestServers.Programs);
            await Replace(drill.ApiProcesses, old);
            await Step("old APIs, new workers", drill.WorkerProcesses, TestServers.Programs);
            await Step("all new", drill.ApiProcesses, TestServers.Programs);
            await Step("all old again", all, old);
        }, () => PostgresCrash.Count(connection));
        foreach (var line in all.SelectMany(p => p.Output.Split('\n').Where(l => l.Contains("ERR]", StringComparison.Ordinal)).Select(l => $"  {p.Name}: {l}")).Take(20)) tell(line);
        return report;

        async Task Step(string what, IEnumerable<RiqProcess> processes, string programs)
        {
            await Replace(processes, programs);
            tell($"  {what} for {Together.TotalSeconds:0} s");
            await Task.Delay(Together, TimeProvider.System);
        }
    }

    static async Task Replace(IEnumerable<RiqProcess> processes, string programs)
    {
        foreach (var process in processes)
        {
            await process.Terminate();
            await process.RestartFrom(programs);
        }
    }

    static async Task Migrate(string programs, string connection)
    {
        var (code, output) = await RiqProcess.Run("api", "migrate", new Dictionary<string, string> { ["Riq__Postgres"] = connection }, programs);
        if (code != 0) throw new InvalidOperationException($"The migration failed: {output}");
    }
}
