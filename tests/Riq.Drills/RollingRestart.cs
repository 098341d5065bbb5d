using System.Diagnostics;
using Riq.TestKit.Processes;

namespace Riq.Drills;

/// <summary>One process after the other is asked to stop (SIGTERM) and started again, as an upgrade does it.</summary>
public static class RollingRestart
{
    public static Task<Report> Run(RiqInstallation riq, int perSecond, Action<string> tell) => Run(riq, perSecond, tell, calm: null);

    /// <param name="calm">How long ordinary work goes on before and after.</param>
    public static async Task<Report> Run(RiqInstallation riq, int perSecond, Action<string> tell, TimeSpan? calm)
    {
        var drill = new Drill(Drill.Ready(riq), perSecond, calm);
        return await drill.Run(async () =>
        {
            foreach (var process in drill.ApiProcesses.Concat(drill.WorkerProcesses)) await Restart(process, tell);
        });
    }

    static async Task Restart(RiqProcess process, Action<string> tell)
    {
        var watch = Stopwatch.StartNew();
        var code = await process.Terminate();
        var stopped = watch.Elapsed;
        if (code != 0) throw new InvalidOperationException($"{process.Name} ended with {code}:\n{process.Output}");
        await process.Restart();
        tell($"  {process.Name} stopped within {stopped.TotalSeconds:0.0} s, was ready again after {watch.Elapsed.TotalSeconds:0.0} s");
    }
}
