using Riq.Contracts;

namespace ReleasePlanner;

/// <summary>An epic with its tasks, and a page that lists them. Knows Jira and Confluence by their interfaces only.</summary>
sealed class Planner(ITaskAdapter jira, IDocumentAdapter confluence)
{
    const string Project = "MD";
    static readonly string[] Steps = ["Freeze the code", "Write the notes", "Build the packages", "Tell everybody"];

    /// <summary>False when something failed; it was said what.</summary>
    public async Task<bool> Plan(string release, TextWriter log, CancellationToken cancellation)
    {
        try
        {
            var epic = await Told(jira.CreateEpic(new() { Title = $"Release {release}", ProjectId = Project }, cancellation: cancellation), "epic", e => e.Id, log);
            var tasks = await Task.WhenAll(Steps.Select(step => Told(jira.CreateTask(NewStep(step, release, epic.Id), cancellation: cancellation), "task", t => t.Id, log)));

            // Create, then change what was created: no waiting in between.
            await Told(jira.UpdateTask(new() { TaskId = tasks[0].Id, Labels = ["release", "first"] }, cancellation: cancellation), "labelled", t => t.Id, log);
            await Told(jira.AddComment(tasks[0].Id, $"Planned for **{release}**.", cancellation: cancellation), "comment", c => c.Id, log);
            await Told(jira.TransitionTask(tasks[0].Id, "In Progress", cancellation: cancellation), "started", t => t.Id, log);
            var first = await Told(jira.GetTask(tasks[0].Id, cancellation), "status", t => t.Status, log);

            var page = await Told(confluence.CreatePage(new() { Title = $"Release {release}", Content = PageOf(tasks), SpaceId = Project }, cancellation: cancellation), "page", p => p.Id, log);
            await Told(confluence.UpdatePage(new() { PageId = page.Id, Content = PageOf([first, .. tasks[1..]]) }, cancellation: cancellation), "version", p => $"{p.Version}", log);
            await log.WriteLineAsync("done");
            return true;
        }
        catch (StepFailed e)
        {
            await log.WriteLineAsync(e.Message);
            return false;
        }
    }

    static NewTask NewStep(string step, string release, string epic) => new() { Title = $"{step} ({release})", ProjectId = Project, Type = "task", ParentId = epic, Labels = ["release"] };

    static string PageOf(IEnumerable<TaskItem> tasks) => string.Join('\n', tasks.Select(t => $"* {t.Id} {t.Title}{(t.Status is { } status ? $" ({status})" : "")}"));

    static async Task<T> Told<T>(Task<AdapterResult<T>> call, string what, Func<T, string?> show, TextWriter log)
    {
        var result = await call;
        if (!result.Success) throw new StepFailed($"{what} failed: {result.Error!.Code}: {result.Error.Message}");
        await log.WriteLineAsync($"{what}: {show(result.Data!)}");
        return result.Data!;
    }

    sealed class StepFailed(string message) : Exception(message);
}
