using System.Globalization;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.Bench.Measure;

/// <summary>What everybody has used so far; the difference of two is what a run costs.</summary>
/// <param name="Cpu">Processor time in milliseconds by program.</param>
/// <param name="Commits">Transactions of the database.</param>
/// <param name="WalBytes">Written to the log of the server.</param>
/// <param name="AllocatedBytes">By APIs and workers.</param>
sealed record Usage(IReadOnlyDictionary<string, double> Cpu, long Commits, double WalBytes, double AllocatedBytes)
{
    const double TicksPerMs = 0.1;   // USER_HZ is 100 on every Linux

    public static async Task<Usage> Now(TestDatabase database, IReadOnlyList<RiqProcess> apis, IReadOnlyList<RiqProcess> workers, RiqProcess simulator)
    {
        var cpu = new Dictionary<string, double>
        {
            ["api"] = apis.Sum(p => p.ProcessorTime.TotalMilliseconds), ["worker"] = workers.Sum(p => p.ProcessorTime.TotalMilliseconds),
            ["simulator"] = simulator.ProcessorTime.TotalMilliseconds, ["postgres"] = await Postgres(database), ["rabbitmq"] = RabbitMq(),
        };
        var allocated = 0.0;
        foreach (var process in apis.Concat(workers)) allocated += await Metrics.Sum(process, "dotnet_gc_heap_total_allocated");
        return new(cpu, await database.Scalar<long>("select xact_commit from pg_stat_database where datname = current_database()"),
            (double)await database.Scalar<decimal>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"), allocated);
    }

    public Usage Since(Usage before) => new(Cpu.ToDictionary(c => c.Key, c => c.Value - before.Cpu[c.Key]), Commits - before.Commits, WalBytes - before.WalBytes, AllocatedBytes - before.AllocatedBytes);

    static async Task<double> Postgres(TestDatabase database)
    {
        var main = (await File.ReadAllLinesAsync(Path.Combine(await database.Scalar<string>("show data_directory"), "postmaster.pid")))[0];
        return Processes().Where(p => p.Id == main || p.Parent == main).Sum(p => p.Id == main ? p.Ticks + p.OfEndedChildren : p.Ticks) / TicksPerMs;
    }

    static double RabbitMq()
    {
        var port = $"RABBITMQ_NODE_PORT={TestServers.RabbitMq.Port}";
        return Processes().Where(p => p.Name.StartsWith("beam", StringComparison.Ordinal) && Environment(p.Id).Contains(port, StringComparison.Ordinal)).Sum(p => p.Ticks) / TicksPerMs;
    }

    static string Environment(string id)
    {
        try { return File.ReadAllText($"/proc/{id}/environ"); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    static IEnumerable<(string Id, string Name, string Parent, double Ticks, double OfEndedChildren)> Processes()
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            string text;
            try { text = File.ReadAllText(Path.Combine(folder, "stat")); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { continue; }
            var end = text.LastIndexOf(')');
            var fields = text[(end + 2)..].Split(' ');
            double Ticks(int at) => double.Parse(fields[at], CultureInfo.InvariantCulture);
            yield return (Path.GetFileName(folder), text[(text.IndexOf('(') + 1)..end], fields[1], Ticks(11) + Ticks(12), Ticks(13) + Ticks(14));
        }
    }
}
