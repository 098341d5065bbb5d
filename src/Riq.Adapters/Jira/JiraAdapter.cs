using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Adapters.Texts;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>Jira Cloud over its REST API v3.</summary>
sealed class JiraAdapter(ServiceClient client, JiraSite site, KnownCaller caller) : ITaskAdapter, IServiceAdapter, IDisposable
{
    public const string ServiceName = "jira";
    public const string Myself = "/rest/api/3/myself";
    const string Issues = "/rest/api/3/issue";
    const int DefaultLimit = 50;
    const int MostChildren = 500;

    readonly IssueReader _reader = new(site);
    readonly IssueFields _fields = new(site);
    readonly IssueTransitions _transitions = new(client, site);
    readonly JiraEffects _effects = new(client, caller, new(site));
    readonly IssueSearch _search = new(client, caller, new(site));

    public string Service => ServiceName;

    public IReadOnlyList<OperationDeclaration> Operations => JiraOperations.All;

    public Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation) => JiraExecution.Run(this, call, cancellation);

    public async Task<IReadOnlyList<AdapterResult<JsonElement>>> ExecuteMany(IReadOnlyList<OperationCall> calls, CancellationToken cancellation)
    {
        var batches = new IssueBatches(client, site, this);
        return await (calls[0].Operation.IsWrite ? batches.Create(calls, cancellation) : batches.Fetch(calls, cancellation));
    }

    public Task<AdapterResult<EffectSearch>> FindEffect(OperationCall call, CancellationToken cancellation) => JiraExecution.FindEffect(_effects, call, cancellation);

    public async Task<AdapterResult<JsonElement>> Probe(CancellationToken cancellation)
    {
        var answer = await client.Send(Call.Get(Myself), cancellation);
        return answer.Ok ? answer.Result(answer.Json) : answer.Failure<JsonElement>();
    }

    public async Task<AdapterResult<TaskItem>> GetTask(string taskId, CancellationToken cancellation = default)
    {
        if (TaskKey.Read(taskId) is not { } key) return TaskKey.Refused<TaskItem>("task_id", taskId);
        var call = Call.Get($"{Issues}/{key}?fields={Uri.EscapeDataString(IssueReader.FieldsOfOne)}");
        var answer = await client.Send(call, cancellation);
        if (!answer.Ok) return answer.Failure<TaskItem>();
        return _reader.Read(answer.Json) is { } task ? answer.Result(task) : Odd<TaskItem>(call, answer);
    }

    public Task<AdapterResult<TaskPage>> SearchTasks(TaskQuery query, CancellationToken cancellation = default) => SearchTasks(query, [], cancellation);

    /// <summary>The same, with results of writes that it must see although Jira's index lags.</summary>
    public Task<AdapterResult<TaskPage>> SearchTasks(TaskQuery query, IReadOnlyList<JsonElement> mustShow, CancellationToken cancellation)
    {
        var filters = Jql.From(query, site);
        if (!string.IsNullOrWhiteSpace(query.Jql) && filters is not null) return Refuse<TaskPage>("Give either jql or the other filters, not both.");
        var jql = string.IsNullOrWhiteSpace(query.Jql) ? filters : query.Jql;
        if (jql is null) return Refuse<TaskPage>("The search has no condition: give jql or at least one filter with a value (a text needs at least one word).");
        return _search.Run(jql, Math.Clamp(query.Limit ?? DefaultLimit, 1, IssueSearch.MaxPage), Given(query.PageToken), mustShow, cancellation);
    }

    public Task<AdapterResult<TaskPage>> GetEpicChildren(string epicId, CancellationToken cancellation = default) => GetEpicChildren(epicId, [], cancellation);

    /// <summary>The same, with results of writes that it must see although Jira's index lags.</summary>
    public Task<AdapterResult<TaskPage>> GetEpicChildren(string epicId, IReadOnlyList<JsonElement> mustShow, CancellationToken cancellation)
    {
        if (TaskKey.Read(epicId) is not { } key) return Task.FromResult(TaskKey.Refused<TaskPage>("epic_id", epicId));
        // The same words as a search by parent: its page_token goes on there when there are more.
        return _search.Run(Jql.From(new() { ParentId = key }, site)!, MostChildren, pageToken: null, mustShow, cancellation);
    }

    public Task<AdapterResult<TaskItem>> CreateTask(NewTask task, string? marker = null, CancellationToken cancellation = default) =>
        Create(task, Given(task.Type) ?? "task", marker, cancellation);

    public Task<AdapterResult<TaskItem>> CreateEpic(NewTask epic, string? marker = null, CancellationToken cancellation = default) =>
        Create(epic, "epic", marker, cancellation);

    public Task<AdapterResult<TaskItem>> CreateSubtask(NewTask subtask, string? marker = null, CancellationToken cancellation = default) =>
        Create(subtask, "subtask", marker, cancellation);

    /// <summary>The type of what an operation creates.</summary>
    public static string TypeOf(string operation, NewTask task) => operation switch
    {
        "jira.create_epic" => "epic",
        "jira.create_subtask" => "subtask",
        _ => (Given(task.Type) ?? "task").Trim().ToLowerInvariant(),
    };

    /// <summary>What creates the task; null when <paramref name="problem"/> says why it is refused.</summary>
    public JsonObject? BodyOf(NewTask task, string type, string? marker, out string? problem)
    {
        problem = "A subtask needs parent_id, the key of its task.";
        if (type == "subtask" && string.IsNullOrEmpty(task.ParentId) || _fields.OfNew(task, type, marker, out problem) is not { } fields) return null;
        var body = new JsonObject { ["fields"] = fields };
        if (marker is not null) body["properties"] = RequestMarker.Properties(marker);
        return body;
    }

    async Task<AdapterResult<TaskItem>> Create(NewTask task, string type, string? marker, CancellationToken cancellation)
    {
        type = type.Trim().ToLowerInvariant();
        if (BodyOf(task, type, marker, out var problem) is not { } body) return Answer.Refused<TaskItem>(problem!);
        var call = Call.Post(Issues, body);
        var answer = await client.Send(call, cancellation);
        if (!answer.Ok) return answer.Failure<TaskItem>();
        return answer.Json.Text("key") is { } key ? answer.Result(Established(key, answer.Json, task, type)) : Odd<TaskItem>(call, answer);
    }

    public TaskItem Established(string key, JsonElement created, NewTask task, string type) => new()
    {
        Id = key, ExternalId = created.Text("id"), Title = task.Title, Description = Given(task.Description), Type = type, Priority = Given(task.Priority),
        Assignee = Given(task.Assignee), ParentId = Given(task.ParentId), ProjectId = IssueReader.ProjectOf(key), Labels = task.Labels ?? [], DeepLink = site.LinkTo(key),
    };

    public Task<AdapterResult<TaskItem>> UpdateTask(TaskChange change, string? marker = null, CancellationToken cancellation = default) =>
        UpdateTask(change, new Changer(marker, MayBeDone: false), cancellation);

    /// <summary>As a repetition after an attempt without an answer: what that one has done already is not done again.</summary>
    public async Task<AdapterResult<TaskItem>> UpdateTask(TaskChange change, Changer changer, CancellationToken cancellation)
    {
        if (TaskKey.Read(change.TaskId) is not { } key) return TaskKey.Refused<TaskItem>("task_id", change.TaskId);
        if (_fields.OfChange(change, out var problem) is not { } fields) return Answer.Refused<TaskItem>(problem!);
        if (fields.Count == 0) return Answer.Refused<TaskItem>("Nothing to change: give at least one field.");
        if (changer.MayBeDone)
        {
            var issue = await client.Send(Call.Get($"{Issues}/{key}?fields=status&properties={RequestMarker.ChangeKey}"), cancellation);
            if (!issue.Ok) return issue.Failure<TaskItem>();
            if (changer.WasLastAt(issue.Json)) return issue.Result(Changed(key, change));
        }
        var body = new JsonObject { ["fields"] = fields };
        changer.Mark(body);
        var answer = await client.Send(Call.Put($"{Issues}/{key}", body) with { AnswerRequired = false }, cancellation);
        return answer.Ok ? answer.Result(Changed(key, change)) : answer.Failure<TaskItem>();
    }

    TaskItem Changed(string key, TaskChange change) => new()
    {
        Id = key, ExternalId = TaskKey.IsNumeric(key) ? key : null, Title = change.Title, Description = change.Description, Type = change.Type?.ToLowerInvariant(),
        Priority = Given(change.Priority), Assignee = Given(change.Assignee), ParentId = Given(change.ParentId), Labels = change.Labels,
        DeepLink = TaskKey.IsNumeric(key) ? null : site.LinkTo(key),
    };

    public Task<AdapterResult<TaskItem>> TransitionTask(string taskId, string targetStatus, string? marker = null, CancellationToken cancellation = default) =>
        TransitionTask(taskId, targetStatus, new Changer(marker, MayBeDone: false), cancellation);

    public async Task<AdapterResult<TaskItem>> TransitionTask(string taskId, string targetStatus, Changer changer, CancellationToken cancellation) =>
        TaskKey.Read(taskId) is { } key ? await _transitions.MoveTo(key, targetStatus, changer, cancellation) : TaskKey.Refused<TaskItem>("task_id", taskId);

    public async Task<AdapterResult<TaskComment>> AddComment(string taskId, string comment, string? marker = null, CancellationToken cancellation = default)
    {
        if (TaskKey.Read(taskId) is not { } key) return TaskKey.Refused<TaskComment>("task_id", taskId);
        if (MarkdownToAdf.Convert(comment) is not { } adf) return Answer.Refused<TaskComment>($"comment {MarkdownText.Refused}");
        var body = new JsonObject { ["body"] = adf };
        if (marker is not null) body["properties"] = RequestMarker.Properties(marker);

        var call = Call.Post($"{Issues}/{key}/comment", body);
        var answer = await client.Send(call, cancellation);
        if (!answer.Ok) return answer.Failure<TaskComment>();
        return answer.Json.Text("id") is { } id ? answer.Result(new TaskComment(id, key) { CreatedAt = answer.Json.Time("created") }) : Odd<TaskComment>(call, answer);
    }

    public async Task<AdapterResult<Deleted>> DeleteTask(string taskId, string? marker = null, CancellationToken cancellation = default)
    {
        if (TaskKey.Read(taskId) is not { } key) return TaskKey.Refused<Deleted>("task_id", taskId);
        var answer = await client.Send(Call.Delete($"{Issues}/{key}?deleteSubtasks=true"), cancellation);
        // Gone is what was asked for: after a lost answer the repeat finds nothing.
        return answer.Ok || answer.IsGone ? answer.Result(new Deleted(key)) : answer.Failure<Deleted>();
    }

    static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    static Task<AdapterResult<T>> Refuse<T>(string message) => Task.FromResult(Answer.Refused<T>(message));

    static AdapterResult<T> Odd<T>(Call call, Answer answer) =>
        Answer.Failure<T>(ServiceErrors.Unreadable(ServiceName, call.Write, answer.Status, "sent an answer without the expected fields"));

    public void Dispose() => client.Dispose();
}
