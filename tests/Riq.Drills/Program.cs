using System.Globalization;
using Riq.Drills;
using Riq.TestKit.Processes;

// ./riq drill: what goes wrong, or is done, on an ordinary day, under load; whether the promises hold and how long clients had to wait. See docs/runbook.md. --check: only whether
// the arguments are understood.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var drills = new Dictionary<string, (string What, Func<RiqInstallation, int, Action<string>, Task<Report>> Run)>
{
    ["rolling"] = ("rolling restart of two APIs and three workers", RollingRestart.Run),
    ["postgres"] = ("Postgres killed (-9) and started again", PostgresCrash.Run),
    ["failover"] = ("Postgres' primary killed (-9), its synchronous standby promoted", PostgresFailover.Run),
    ["rabbitmq"] = ("a cluster of three RabbitMQ nodes loses the leader's node (-9)", BrokerNodeLoss.Run),
    ["versions"] = ("the former version beside this one: upgrade and rollback", MixedVersions.Run),
};
var (perSecond, check) = (100, false);
var wanted = new List<string>();
for (var n = 0; n < args.Length; n++)
{
    if (args[n] == "--rate" && n + 1 < args.Length && int.TryParse(args[n + 1], out perSecond) && perSecond > 0) n++;
    else if (drills.ContainsKey(args[n])) wanted.Add(args[n]);
    else if (args[n] == "--check") check = true;
    else
    {
        await Console.Error.WriteLineAsync($"unknown argument '{args[n]}': ./riq drill [{string.Join(" | ", drills.Keys)}]… [--rate PER_SECOND]");
        return 2;
    }
}
if (check) return 0;
var holds = true;
foreach (var name in wanted.Count > 0 ? wanted : [.. drills.Keys.Where(d => d != "versions" || MixedVersions.OldPrograms is not null)])
{
    var (what, run) = drills[name];
    Console.WriteLine($"{name}: {what}, {perSecond} requests/s");
    holds &= await Held(run);
}
return holds ? 0 : 1;

async Task<bool> Held(Func<RiqInstallation, int, Action<string>, Task<Report>> run)
{
    try
    {
        await using var riq = await RiqInstallation.Create();
        var report = await run(riq, perSecond, Console.WriteLine);
        Console.WriteLine(report);
        Console.WriteLine(report.Holds ? "  the promises hold" : "  THE PROMISES DO NOT HOLD");
        return report.Holds;
    }
    catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException or HttpRequestException)   // then its servers and processes are ended all the same
    {
        await Console.Error.WriteLineAsync($"  the drill did not come to its end: {e}");
        return false;
    }
}
