using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.Drills;

/// <summary>Two APIs and three workers under load, something that is done to them, and what became of every request.</summary>
sealed class Drill(RiqInstallation riq, int perSecond, TimeSpan? calm = null)
{
    const int Apis = 2, Workers = 3, TasksToComment = 40;
    readonly TimeSpan _calm = calm ?? TimeSpan.FromSeconds(5);

    public List<RiqProcess> ApiProcesses { get; } = [];
    public List<RiqProcess> WorkerProcesses { get; } = [];

    /// <summary>A service that takes as many calls as come, and answers as fast as the real one does at best.</summary>
    public static RiqInstallation Ready(RiqInstallation riq) =>
        riq.With("Simulator__LatencyScale", "0.3").With("Riq__Services__jira__Concurrency", "48");

    /// <summary>Does it in the middle of the load; counts rows at <paramref name="count"/>, or in the installation's database.</summary>
    public async Task<Report> Run(Func<Task> incident, Func<Task<long>>? count = null)
    {
        await Start();
        return await Under(incident, count);
    }

    public async Task Start()
    {
        await riq.StartSimulator();
        for (var n = 0; n < Apis; n++) ApiProcesses.Add(await riq.StartApi());
        WorkerProcesses.AddRange(await riq.StartWorkers(Workers));
    }

    /// <summary>The same with processes that run already.</summary>
    public async Task<Report> Under(Func<Task> incident, Func<Task<long>>? count = null)
    {
        using var load = new Load([.. ApiProcesses.Select(a => a.Address)], perSecond);
        var tasks = await load.SomeTasks(TasksToComment);
        using var over = new CancellationTokenSource();
        var running = load.Run(tasks, over.Token);
        await Before(load);
        await incident();
        await After(load);
        await over.CancelAsync();
        var sent = await running;
        var rows = await (count ?? (() => riq.Database.Scalar<long>("select count(*) from queue_requests")))();
        return await Report.Of(riq, sent, rows - TasksToComment, load.Repeated);
    }

    // Some time of ordinary work before and after, for it is the difference that is looked at.
    async Task Before(Load load)
    {
        await Eventually.True(() => load.Ended >= perSecond, TimeSpan.FromMinutes(1), "work goes on before the incident");
        await Task.Delay(_calm, TimeProvider.System);
    }

    async Task After(Load load)
    {
        var before = load.Submitted;
        await Eventually.True(() => load.Ended >= before, TimeSpan.FromMinutes(5), "everything submitted before the end of the incident has ended");
        await Task.Delay(_calm, TimeProvider.System);
    }
}
