namespace Riq.Contracts;

/// <summary>
/// Tasks (issues) of a tracker such as Jira. Every method makes the calls of one operation and never throws for what the
/// service did. <c>marker</c> is left at the service with a write where that is possible; null when called outside RIQ.
/// </summary>
public interface ITaskAdapter
{
    /// <summary><c>jira.get_task</c>. <paramref name="taskId"/> is the key (<c>MD-123</c>) or Jira's numeric id.</summary>
    Task<AdapterResult<TaskItem>> GetTask(string taskId, CancellationToken cancellation = default);
    /// <summary><c>jira.search_tasks</c>.</summary>
    Task<AdapterResult<TaskPage>> SearchTasks(TaskQuery query, CancellationToken cancellation = default);
    /// <summary><c>jira.get_epic_children</c>.</summary>
    Task<AdapterResult<TaskPage>> GetEpicChildren(string epicId, CancellationToken cancellation = default);
    /// <summary><c>jira.create_task</c>. The result holds what the call established; <see cref="GetTask"/> gives the rest.</summary>
    Task<AdapterResult<TaskItem>> CreateTask(NewTask task, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>jira.create_epic</c>.</summary>
    Task<AdapterResult<TaskItem>> CreateEpic(NewTask epic, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>jira.create_subtask</c>; <see cref="NewTask.ParentId"/> is required.</summary>
    Task<AdapterResult<TaskItem>> CreateSubtask(NewTask subtask, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>jira.update_task</c>: fields that are null stay as they are, an empty text or list clears the field.</summary>
    Task<AdapterResult<TaskItem>> UpdateTask(TaskChange change, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>jira.transition_task</c>: moves the task to the status of that name; success when it is there already.</summary>
    Task<AdapterResult<TaskItem>> TransitionTask(string taskId, string targetStatus, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>jira.add_comment</c>; the comment may use Markdown.</summary>
    Task<AdapterResult<TaskComment>> AddComment(string taskId, string comment, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>jira.delete_task</c> with its subtasks.</summary>
    Task<AdapterResult<Deleted>> DeleteTask(string taskId, string? marker = null, CancellationToken cancellation = default);
}

/// <summary>A task as RIQ shows it, whatever the tracker. Fields that a call did not give are null.</summary>
public sealed record TaskItem
{
    /// <summary>The issue key, e.g. <c>MD-123</c>.</summary>
    public required string Id { get; init; }
    /// <summary>Jira's numeric id.</summary>
    public string? ExternalId { get; init; }
    /// <summary>One line.</summary>
    public string? Title { get; init; }
    /// <summary>Markdown.</summary>
    public string? Description { get; init; }
    /// <summary><c>epic</c>, <c>story</c>, <c>task</c>, <c>subtask</c>, <c>bug</c>, else the tracker's own name in lower case.</summary>
    public string? Type { get; init; }
    /// <summary>The status's name as the tracker shows it.</summary>
    public string? Status { get; init; }
    /// <summary>The priority's name as the tracker shows it.</summary>
    public string? Priority { get; init; }
    /// <summary>The account id of who works on it.</summary>
    public string? Assignee { get; init; }
    /// <summary>The account id of who reported it.</summary>
    public string? Reporter { get; init; }
    /// <summary>The key of the epic or of the parent task.</summary>
    public string? ParentId { get; init; }
    /// <summary>The project's key.</summary>
    public string? ProjectId { get; init; }
    /// <summary>Labels, without those that RIQ added as a marker.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>Story points, when the site's field for them is configured.</summary>
    public double? StoryPoints { get; init; }
    /// <summary>ISO date.</summary>
    public string? DueDate { get; init; }
    /// <summary>UTC.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>UTC.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
    /// <summary>Where a person sees it.</summary>
    public string? DeepLink { get; init; }
    /// <summary>The tracker's custom fields by id, those that are set.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement>? CustomFields { get; init; }
}

/// <summary>A page of tasks.</summary>
/// <param name="Tasks">In the order of the search.</param>
/// <param name="NextPageToken">Pass it as <c>page_token</c> for the next page; null on the last one.</param>
public sealed record TaskPage(IReadOnlyList<TaskItem> Tasks, string? NextPageToken);

/// <summary>A search: either <see cref="Jql"/> or the other filters.</summary>
public sealed record TaskQuery
{
    /// <summary>A bounded JQL query; excludes the filters below.</summary>
    public string? Jql { get; init; }
    /// <summary>The project's key.</summary>
    public string? ProjectId { get; init; }
    /// <summary>The status's name.</summary>
    public string? Status { get; init; }
    /// <summary>The type's name.</summary>
    public string? Type { get; init; }
    /// <summary>An account id.</summary>
    public string? Assignee { get; init; }
    /// <summary>All of these labels.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>Words in title, description or comments.</summary>
    public string? Text { get; init; }
    /// <summary>The key of the epic or parent.</summary>
    public string? ParentId { get; init; }
    /// <summary>The most tasks to give, 1 to 100; 50 by default.</summary>
    public int? Limit { get; init; }
    /// <summary>From <see cref="TaskPage.NextPageToken"/>.</summary>
    public string? PageToken { get; init; }
}

/// <summary>A task to be created.</summary>
public sealed record NewTask
{
    /// <summary>One line, at most 255 characters.</summary>
    public required string Title { get; init; }
    /// <summary>Markdown.</summary>
    public string? Description { get; init; }
    /// <summary>The project's key.</summary>
    public required string ProjectId { get; init; }
    /// <summary><c>epic</c>, <c>story</c>, <c>task</c> (default), <c>subtask</c> or <c>bug</c>.</summary>
    public string? Type { get; init; }
    /// <summary>The priority's name.</summary>
    public string? Priority { get; init; }
    /// <summary>The key of the epic or parent.</summary>
    public string? ParentId { get; init; }
    /// <summary>An account id.</summary>
    public string? Assignee { get; init; }
    /// <summary>Without blanks.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>The tracker's own field ids with their values, sent as they are.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement>? CustomFields { get; init; }
}

/// <summary>Changes to a task: null leaves a field as it is, an empty text or list clears it.</summary>
public sealed record TaskChange
{
    /// <summary>The key or the numeric id.</summary>
    public required string TaskId { get; init; }
    /// <summary>One line, at most 255 characters.</summary>
    public string? Title { get; init; }
    /// <summary>Markdown.</summary>
    public string? Description { get; init; }
    /// <summary>The type's name.</summary>
    public string? Type { get; init; }
    /// <summary>The priority's name.</summary>
    public string? Priority { get; init; }
    /// <summary>The key of the epic or parent.</summary>
    public string? ParentId { get; init; }
    /// <summary>An account id.</summary>
    public string? Assignee { get; init; }
    /// <summary>The whole new list.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>The tracker's own field ids with their values, sent as they are.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement>? CustomFields { get; init; }
}

/// <summary>A comment on a task.</summary>
/// <param name="Id">The tracker's id of the comment.</param>
/// <param name="TaskId">The task as it was named in the call.</param>
public sealed record TaskComment(string Id, string TaskId)
{
    /// <summary>UTC.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>What was deleted, or was already gone.</summary>
/// <param name="Id">The id as it was named in the call.</param>
public sealed record Deleted(string Id);
