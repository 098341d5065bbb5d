using System.Globalization;
using Riq.Drills;
using Riq.TestKit.Processes;

// ./riq drill: what goes wrong, or is done, on an ordinary day, under load; whether the promises hold and how long clients had to wait. See docs/runbook.md.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var drills = new Dictionary<string, (string What, Func<RiqInstallation, int, Action<string>, Task<Report>> Run)>
{
    ["rolling"] = ("rolling restart of two APIs and three workers", RollingRestart.Run),
    ["postgres"] = ("Postgres killed (-9) and started again", PostgresCrash.Run),
};
var perSecond = 100;
var wanted = new List<string>();
for (var n = 0; n < args.Length; n++)
{
    if (args[n] == "--rate" && n + 1 < args.Length && int.TryParse(args[n + 1], out perSecond) && perSecond > 0) n++;
    else if (drills.ContainsKey(args[n])) wanted.Add(args[n]);
    else
    {
        await Console.Error.WriteLineAsync($"unknown argument '{args[n]}': ./riq drill [{string.Join(" | ", drills.Keys)}]… [--rate PER_SECOND]");
        return 2;
    }
}
var holds = true;
foreach (var name in wanted.Count > 0 ? wanted : [.. drills.Keys])
{
    var (what, run) = drills[name];
    Console.WriteLine($"{name}: {what}, {perSecond} requests/s");
    await using var riq = await RiqInstallation.Create();
    var report = await run(riq, perSecond, Console.WriteLine);
    Console.WriteLine(report);
    Console.WriteLine(report.Holds ? "  the promises hold" : "  THE PROMISES DO NOT HOLD");
    holds &= report.Holds;
}
return holds ? 0 : 1;
