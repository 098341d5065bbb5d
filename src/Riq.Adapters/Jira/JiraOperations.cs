using Riq.Contracts;
using static Riq.Contracts.PayloadType;

namespace Riq.Adapters.Jira;

/// <summary>What RIQ can ask of Jira.</summary>
static class JiraOperations
{
    static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(15);
    static readonly TimeSpan LongTimeout = TimeSpan.FromSeconds(30);

    static readonly TimeSpan[] LookAfter = [.. new[] { 1, 2, 4, 8, 15, 30 }.Select(s => TimeSpan.FromSeconds(s))];

    // The search index lags seconds, sometimes minutes.
    static readonly ClearingUp ByLabel = new(LookAfter, QuietPeriod: TimeSpan.FromMinutes(2));
    // Comments are read without an index; only a call that is still under way at Jira can show later.
    static readonly ClearingUp ByProperty = new(LookAfter, QuietPeriod: TimeSpan.FromSeconds(30));

    // Searches are answered from an index that lags.
    static readonly CachedRead Searched = new(TimeSpan.FromSeconds(120), TaskTags.OfSearch) { Settles = TimeSpan.FromSeconds(30) };

    // Before the operations: they are made from it.
    static readonly EntityField Task = new("task_id") { NumberIsAlias = true };
    static readonly BatchedCall OneProject = new(50, payload => $"jira.create:{payload.GetProperty("project_id").GetString()!.Trim().ToUpperInvariant()}");

    /// <summary>Jira's own bound for long texts.</summary>
    const int MaxLongText = 32_767;

    public static IReadOnlyList<OperationDeclaration> All { get; } =
    [
        Read("get_task", "Gives one task by its key or numeric id.", ReadTimeout, new(TaskId)) with { Cached = new(TimeSpan.FromSeconds(300), TaskTags.OfTask), Batch = new(100, _ => "jira.get") },
        Read("search_tasks", "Finds tasks by JQL or by filters.", LongTimeout, new(
            new("jql", Text, "A bounded JQL query; excludes the filters.") { MaxLength = 10_000, NotEmpty = true },
            new("project_id", Line, "The project's key."),
            new("status", Line, "The status's name."),
            new("type", Line, "epic, story, task, subtask, bug or the site's own name of a type."),
            new("assignee", Line, "An account id."),
            Labels("Labels that the task has, all of them."),
            new("text", Text, "Words in title, description or comments."),
            new("parent_id", Line, "The key of the epic or parent."),
            new("limit", Integer, "The most tasks to give; 50 unless given.") { Minimum = 1, Maximum = 100 },
            new("page_token", Line, "next_page_token of the page before.") { MaxLength = 4_000 })
        { AtLeastOneOf = ["jql", "project_id", "status", "type", "assignee", "labels", "text", "parent_id"] }) with { Cached = Searched },
        Read("get_epic_children", "Gives the tasks of an epic.", LongTimeout, new(
            new PayloadField("epic_id", Line, "The epic's key or numeric id.") { Required = true, NotEmpty = true, MaxLength = 120 })) with { Cached = Searched },

        Write("create_task", "Creates a task.", repeatSafe: false, Creation([.. JiraSite.Types], parentRequired: false)) with { ClearingUp = ByLabel, Changes = TaskTags.Created, Batch = OneProject },
        Write("create_epic", "Creates an epic.", repeatSafe: false, Creation(["epic"], parentRequired: false)) with { ClearingUp = ByLabel, Changes = TaskTags.Created, Batch = OneProject },
        Write("create_subtask", "Creates a subtask of a task.", repeatSafe: false, Creation(["subtask"], parentRequired: true)) with { ClearingUp = ByLabel, Changes = TaskTags.Created, Batch = OneProject },
        Write("update_task", "Changes fields of a task; an empty text or list clears a field.", repeatSafe: true, new(
            TaskId, Title, Description, new("type", Line, "The type's name.") { NotEmpty = true }, Priority, Parent, Assignee, Labels("The whole new list."), CustomFields)
        { AtLeastOneOf = ["title", "description", "type", "priority", "parent_id", "assignee", "labels", "custom_fields"] }) with { Entity = Task, Changes = TaskTags.Changed },
        Write("transition_task", "Moves a task to a status by its name; done when it is there already.", repeatSafe: true, new(
            TaskId, new("target_status", Line, "The status's name, in any case of letters.") { Required = true, NotEmpty = true, MaxLength = 255 })) with { Entity = Task, Aliases = ["jira.update_status"], Changes = TaskTags.Changed },
        Write("add_comment", "Adds a comment to a task.", repeatSafe: false, new(
            TaskId, new("comment", Text, "Markdown.") { Required = true, NotEmpty = true, MaxLength = MaxLongText })) with { Entity = Task, ClearingUp = ByProperty, Changes = TaskTags.Changed },
        Write("delete_task", "Deletes a task with its subtasks; done when it is gone already.", repeatSafe: true, new(TaskId)) with { Entity = Task, Changes = TaskTags.Deleted },
    ];

    static PayloadField TaskId => new("task_id", Line, "The task's key (MD-123) or numeric id.") { Required = true, NotEmpty = true, MaxLength = 120 };
    static PayloadField Title => new("title", Line, "One line.") { NotEmpty = true, MaxLength = 255 };
    static PayloadField Description => new("description", Text, "Markdown.") { MaxLength = MaxLongText };
    static PayloadField Priority => new("priority", Line, "The priority's name.") { MaxLength = 255 };
    static PayloadField Parent => new("parent_id", Line, "The key of the epic or parent.") { MaxLength = 120 };
    static PayloadField Assignee => new("assignee", Line, "An account id.") { MaxLength = 255 };
    static PayloadField CustomFields => new("custom_fields", PayloadType.Object, "The site's own fields by id, sent as they are.");

    static PayloadField Labels(string description) => new("labels", Lines, description) { MaxLength = 255, NotEmpty = true, ForbiddenCharacters = " \t" };

    static PayloadSchema Creation(IReadOnlyList<string> types, bool parentRequired) => new(
        Title with { Required = true },
        Description,
        new("project_id", Line, "The project's key.") { Required = true, NotEmpty = true, MaxLength = 120 },
        new("type", Line, $"{string.Join(", ", types)}.") { Values = types },
        Priority,
        Parent with { Required = parentRequired, NotEmpty = parentRequired },
        Assignee,
        Labels("Labels to give it."),
        CustomFields);

    static OperationDeclaration Read(string name, string summary, TimeSpan timeout, PayloadSchema payload) =>
        new($"jira.{name}", OperationKind.Read, summary, payload, timeout, RepeatSafe: true);

    static OperationDeclaration Write(string name, string summary, bool repeatSafe, PayloadSchema payload) =>
        new($"jira.{name}", OperationKind.Write, summary, payload, LongTimeout, repeatSafe);
}
