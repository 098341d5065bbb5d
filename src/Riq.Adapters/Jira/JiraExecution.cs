using System.Text.Json;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>Which method runs which operation.</summary>
static class JiraExecution
{
    public static Task<AdapterResult<JsonElement>> Run(JiraAdapter jira, OperationCall call, CancellationToken cancellation)
    {
        if (Execution.Refusal(call) is { } refusal) return Task.FromResult(refusal);
        return call.Operation.Name switch
        {
            "jira.get_task" => jira.GetTask(call.Text("task_id"), cancellation).AsJson(),
            "jira.search_tasks" => jira.SearchTasks(call.Read<TaskQuery>(), call.MustShow, cancellation).AsJson(),
            "jira.get_epic_children" => jira.GetEpicChildren(call.Text("epic_id"), call.MustShow, cancellation).AsJson(),
            "jira.create_task" => jira.CreateTask(call.Read<NewTask>(), call.Marker, cancellation).AsJson(),
            "jira.create_epic" => jira.CreateEpic(call.Read<NewTask>(), call.Marker, cancellation).AsJson(),
            "jira.create_subtask" => jira.CreateSubtask(call.Read<NewTask>(), call.Marker, cancellation).AsJson(),
            "jira.update_task" => jira.UpdateTask(call.Read<TaskChange>(), ChangerOf(call), cancellation).AsJson(),
            "jira.transition_task" => jira.TransitionTask(call.Text("task_id"), call.Text("target_status"), ChangerOf(call), cancellation).AsJson(),
            "jira.add_comment" => jira.AddComment(call.Text("task_id"), call.Text("comment"), call.Marker, cancellation).AsJson(),
            "jira.delete_task" => jira.DeleteTask(call.Text("task_id"), call.Marker, cancellation).AsJson(),
            _ => Execution.Unknown(call),
        };
    }

    static Changer ChangerOf(OperationCall call) => new(call.Marker, MayBeDone: call.UnclearFrom is not null);

    public static Task<AdapterResult<EffectSearch>> FindEffect(JiraEffects effects, OperationCall call, CancellationToken cancellation) => call.Operation.Name switch
    {
        "jira.create_task" or "jira.create_epic" or "jira.create_subtask" => effects.FindIssue(call.Marker, cancellation),
        "jira.add_comment" => effects.FindComment(call.Text("task_id"), call.Marker, call.UnclearFrom, cancellation),
        _ => Execution.NoEffectSearch(call),
    };
}
