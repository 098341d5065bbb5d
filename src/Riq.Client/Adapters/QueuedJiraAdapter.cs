using Riq.Contracts;

namespace Riq.Client.Adapters;

/// <summary>
/// Jira through RIQ: every method of the direct adapter with the same results. Reads answer from RIQ's cache at once, or wait; writes wait
/// for their end, or answer with a token (<see cref="RiqClientOptions.WaitForWrites"/>, <see cref="QueuedCall.Wait"/>).
/// <c>marker</c>, when given, is the write's idempotency key.
/// </summary>
public sealed class QueuedJiraAdapter : ITaskAdapter
{
    readonly QueuedCalls _calls;
    readonly QueuedCall _call;

    internal QueuedJiraAdapter(QueuedCalls calls, QueuedCall call) => (_calls, _call) = (calls, call);

    internal QueuedJiraAdapter With(QueuedCall call) => new(_calls, call.Over(_call));

    /// <inheritdoc />
    public Task<AdapterResult<TaskItem>> GetTask(string taskId, CancellationToken cancellation = default) =>
        Run<TaskItem>(QueuedOperation.Read("jira.get_task", new { taskId }, taskId), marker: null, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskPage>> SearchTasks(TaskQuery query, CancellationToken cancellation = default) =>
        Run<TaskPage>(QueuedOperation.Read("jira.search_tasks", query), marker: null, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskPage>> GetEpicChildren(string epicId, CancellationToken cancellation = default) =>
        Run<TaskPage>(QueuedOperation.Read("jira.get_epic_children", new { epicId }), marker: null, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskItem>> CreateTask(NewTask task, string? marker = null, CancellationToken cancellation = default) =>
        Run<TaskItem>(QueuedOperation.Write("jira.create_task", task), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskItem>> CreateEpic(NewTask epic, string? marker = null, CancellationToken cancellation = default) =>
        Run<TaskItem>(QueuedOperation.Write("jira.create_epic", epic), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskItem>> CreateSubtask(NewTask subtask, string? marker = null, CancellationToken cancellation = default) =>
        Run<TaskItem>(QueuedOperation.Write("jira.create_subtask", subtask), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskItem>> UpdateTask(TaskChange change, string? marker = null, CancellationToken cancellation = default) =>
        Run<TaskItem>(QueuedOperation.Write("jira.update_task", change, change.TaskId), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskItem>> TransitionTask(string taskId, string targetStatus, string? marker = null, CancellationToken cancellation = default) =>
        Run<TaskItem>(QueuedOperation.Write("jira.transition_task", new { taskId, targetStatus }, taskId), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<TaskComment>> AddComment(string taskId, string comment, string? marker = null, CancellationToken cancellation = default) =>
        Run<TaskComment>(QueuedOperation.Write("jira.add_comment", new { taskId, comment }, taskId), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<Deleted>> DeleteTask(string taskId, string? marker = null, CancellationToken cancellation = default) =>
        Run<Deleted>(QueuedOperation.Write("jira.delete_task", new { taskId }, taskId), marker, cancellation);

    Task<AdapterResult<T>> Run<T>(QueuedOperation operation, string? marker, CancellationToken cancellation) => _calls.Run<T>(operation, _call, marker, cancellation);
}
