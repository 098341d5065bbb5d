using Microsoft.Extensions.DependencyInjection;
using Riq.Client;
using Riq.Contracts;
using Riq.TestKit.Processes;

namespace Riq.EndToEndTests;

/// <summary>An application that reads what it has just written, through services whose indexes lag: it does nothing for it and sees it.</summary>
public sealed class OwnWritesTests
{
    [Fact]
    public async Task A_search_finds_what_was_just_created_and_an_update_finds_it_to_change()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__IndexLagScale", "1");   // seconds, as at Atlassian
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        await using var application = new ServiceCollection().AddRiqClient(o => (o.Url, o.ReadTimeout, o.WriteTimeout) = (api.Address, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2))).BuildServiceProvider();
        await Tasks(application.GetRequiredService<ITaskAdapter>());
        await Pages(application.GetRequiredService<IDocumentAdapter>());
    }

    static async Task Tasks(ITaskAdapter jira)
    {
        for (var n = 0; n < 3; n++)
        {
            var title = $"own{Guid.NewGuid():N}";
            var created = Data(await jira.CreateTask(new() { ProjectId = "MD", Title = title }));
            Assert.Equal(created.Id, Assert.Single(Data(await jira.SearchTasks(new() { ProjectId = "MD", Text = title })).Tasks).Id);
            Data(await jira.UpdateTask(new() { TaskId = created.Id, Labels = [title] }));
            Assert.Equal([title], Data(await jira.GetTask(created.Id)).Labels);

            // And where nobody waits for the writes: the read does.
            var pending = await jira.With(new QueuedCall { Wait = false }).UpdateTask(new() { TaskId = created.Id, Title = title + " changed" });
            Assert.True(pending.Metadata.Pending);
            Assert.Equal(title + " changed", Data(await jira.GetTask(created.Id)).Title);
        }
    }

    static async Task Pages(IDocumentAdapter confluence)
    {
        var title = $"own{Guid.NewGuid():N}";
        var created = Data(await confluence.CreatePage(new() { SpaceId = "MD", Title = title, Content = "# First" }));
        Assert.Equal(created.Id, Assert.Single(Data(await confluence.SearchPages(new() { Query = title })).Pages).Id);
        Assert.Equal(2, Data(await confluence.UpdatePage(new() { PageId = created.Id, Content = "# Second" })).Version);
        Assert.Contains("Second", Data(await confluence.GetPage(created.Id)).Content, StringComparison.Ordinal);
    }

    static T Data<T>(AdapterResult<T> result) => result.Success ? result.Data! : throw new InvalidOperationException($"{result.Error!.Code}: {result.Error.Message}");
}
