using System.Text.Json;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>The suite of the direct adapter, through the queue.</summary>
public sealed class QueuedJiraAdapterTests(QueuedJira riq) : JiraAdapterSuite, IClassFixture<QueuedJira>
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        riq.Translate(Service, Token);
    }

    protected override Task<AdapterResult<JsonElement>> Run(IServiceAdapter adapter, string operation, string payload, CancellationToken cancellation = default)
    {
        riq.Use(adapter);
        var jira = riq.Tasks;
        T Read<T>() => JsonSerializer.Deserialize<T>(payload, RiqJson.Options)!;
        string Text(string field) => Read<JsonElement>().GetProperty(field).GetString()!;
        return operation switch
        {
            "get_task" => jira.GetTask(Text("task_id"), cancellation).AsJson(),
            "search_tasks" => jira.SearchTasks(Read<TaskQuery>(), cancellation).AsJson(),
            "get_epic_children" => jira.GetEpicChildren(Text("epic_id"), cancellation).AsJson(),
            "create_task" => jira.CreateTask(Read<NewTask>(), cancellation: cancellation).AsJson(),
            "create_epic" => jira.CreateEpic(Read<NewTask>(), cancellation: cancellation).AsJson(),
            "create_subtask" => jira.CreateSubtask(Read<NewTask>(), cancellation: cancellation).AsJson(),
            "update_task" => jira.UpdateTask(Read<TaskChange>(), cancellation: cancellation).AsJson(),
            "transition_task" => jira.TransitionTask(Text("task_id"), Text("target_status"), cancellation: cancellation).AsJson(),
            "add_comment" => jira.AddComment(Text("task_id"), Text("comment"), cancellation: cancellation).AsJson(),
            "delete_task" => jira.DeleteTask(Text("task_id"), cancellation: cancellation).AsJson(),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
        };
    }
}

/// <summary>The suite of the direct adapter, through the queue.</summary>
public sealed class QueuedConfluenceAdapterTests(QueuedConfluence riq) : ConfluenceAdapterSuite, IClassFixture<QueuedConfluence>
{
    sealed record Children(string PageId, int? Limit);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        riq.Translate(Service, Token);
    }

    protected override Task<AdapterResult<JsonElement>> Run(IServiceAdapter adapter, string operation, string payload, CancellationToken cancellation = default)
    {
        riq.Use(adapter);
        var confluence = riq.Documents;
        T Read<T>() => JsonSerializer.Deserialize<T>(payload, RiqJson.Options)!;
        return operation switch
        {
            "get_page" => confluence.GetPage(Read<Children>().PageId, cancellation).AsJson(),
            "get_page_children" => confluence.GetPageChildren(Read<Children>().PageId, Read<Children>().Limit, cancellation).AsJson(),
            "search_pages" => confluence.SearchPages(Read<DocumentQuery>(), cancellation).AsJson(),
            "create_page" => confluence.CreatePage(Read<NewDocument>(), cancellation: cancellation).AsJson(),
            "update_page" => confluence.UpdatePage(Read<DocumentChange>(), cancellation: cancellation).AsJson(),
            "delete_page" => confluence.DeletePage(Read<Children>().PageId, cancellation: cancellation).AsJson(),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
        };
    }
}

static class AdapterResults
{
    public static async Task<AdapterResult<JsonElement>> AsJson<T>(this Task<AdapterResult<T>> result) => (await result).Map(data => JsonSerializer.SerializeToElement(data, RiqJson.Options));
}
