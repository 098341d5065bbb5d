using System.Globalization;
using System.Text.Json;
using Riq.Simulator.Accounts;
using Riq.Simulator.Jira.Adf;

namespace Riq.Simulator.Jira;

/// <summary>Sets one field of an issue from its JSON, or says what is wrong with it. Pure.</summary>
sealed class IssueFields(JiraStore store)
{
    const int MaxSummary = 255, MaxLabel = 255;

    public IssueState Set(IssueState issue, string field, JsonElement value, bool plainText, FieldErrors errors) => field switch
    {
        "summary" => Summary(issue, value, errors),
        "description" => Description(issue, value, plainText, errors),
        "labels" => Labels(issue, value, errors),
        "priority" => Priority(issue, value, errors),
        "parent" => Parent(issue, value, errors),
        "assignee" => issue with { Assignee = User(field, value, errors) },
        "reporter" => issue with { Reporter = User(field, value, errors) ?? issue.Reporter },
        "duedate" => DueDate(issue, value, errors),
        "issuetype" => Type(issue, value, errors),
        "project" => SameProject(issue, value, errors),
        _ when JiraCatalog.Custom(field) is { } custom => Custom(issue, custom, value, errors),
        _ => Fail(issue, errors, field, $"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."),
    };

    static IssueState Summary(IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(value.GetString())) return Fail(issue, errors, "summary", "You must specify a summary of the issue.");
        var text = value.GetString()!.Trim();
        if (text.Length > MaxSummary) return Fail(issue, errors, "summary", "Summary can't exceed 255 characters.");
        if (text.AsSpan().IndexOfAny('\n', '\r') >= 0) return Fail(issue, errors, "summary", "The summary is invalid because it contains newline characters.");
        return issue with { Summary = text };
    }

    static IssueState Description(IssueState issue, JsonElement value, bool plainText, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null) return issue with { Description = default };
        if (TextProblem(value, plainText) is { } problem) return Fail(issue, errors, "description", problem);
        return issue with { Description = value };
    }

    /// <summary>What is wrong with a rich text: version 3 takes documents, version 2 takes texts.</summary>
    public static string? TextProblem(JsonElement value, bool plainText)
    {
        if (!plainText) return AdfValidator.Problem(value);
        if (value.ValueKind != JsonValueKind.String) return "Operation value must be a string";
        return value.GetString()!.Length > AdfValidator.MaxTextLength ? "The entered text is too long. It exceeds the allowed limit of 32,767 characters." : null;
    }

    static IssueState Labels(IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null) return issue with { Labels = [] };
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String)) return Fail(issue, errors, "labels", "data was not an array of strings");
        var labels = value.EnumerateArray().Select(v => v.GetString()!).Distinct(StringComparer.Ordinal).ToArray();
        return labels.Select(LabelProblem).FirstOrDefault(p => p is not null) is { } problem ? Fail(issue, errors, "labels", problem) : issue with { Labels = labels };
    }

    public static string? LabelProblem(string label)
    {
        if (label.Length == 0) return "A label must not be empty.";
        if (label.Any(char.IsWhiteSpace)) return $"The label '{label}' contains spaces which is invalid.";
        return label.Length > MaxLabel ? $"The label '{label[..20]}…' exceeds the maximum length for a single label ({MaxLabel})." : null;
    }

    static IssueState Priority(IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (JiraCatalog.Priority(Named(value, "id", "name")) is { } priority) return issue with { Priority = priority };
        return Fail(issue, errors, "priority", $"Specify a valid 'id' or 'name' for Priority: {string.Join(", ", JiraCatalog.Priorities.Select(p => p.Name))}");
    }

    IssueState Parent(IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null && !issue.Type.IsSubtask) return issue with { ParentKey = null };
        if (Named(value, "key", "id") is not { } given || store.Find(given)?.State is not { } parent) return Fail(issue, errors, "parent", "Could not find issue by id or key.");
        if (parent.Key == issue.Key || parent.Type.Level <= issue.Type.Level) return Fail(issue, errors, "parent", "Given parent issue does not belong to appropriate hierarchy.");
        return issue with { ParentKey = parent.Key };
    }

    static Account? User(string field, JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        if (Named(value, "accountId", "id", "name") is not { } who) { errors.Add(field, "expected Object containing an 'accountId' or a 'name'"); return null; }
        var account = AccountDirectory.Find(who);
        if (account is null) errors.Add(field, $"User '{who}' does not exist.");
        return account;
    }

    static IssueState DueDate(IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null) return issue with { DueDate = null };
        return value.ValueKind == JsonValueKind.String && DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? issue with { DueDate = date }
            : Fail(issue, errors, "duedate", "Error parsing date string: the format is yyyy-MM-dd");
    }

    static IssueState Type(IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (JiraCatalog.Type(Named(value, "id", "name")) is not { } type) return Fail(issue, errors, "issuetype", "Specify a valid issue type");
        if (type.IsSubtask && issue.ParentKey is null) return Fail(issue, errors, "parent", MissingParent);
        return issue with { Type = type };
    }

    public const string MissingParent = "Issue type is a sub-task but parent issue key or id not specified.";

    IssueState SameProject(IssueState issue, JsonElement value, FieldErrors errors) =>
        store.Project(Named(value, "key", "id")) == issue.Project ? issue : Fail(issue, errors, "project", "An issue cannot be moved to another project this way.");

    static IssueState Custom(IssueState issue, CustomField field, JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null) return issue with { Custom = issue.Custom.Remove(field.Id) };
        var fits = field.IsNumber ? value.ValueKind == JsonValueKind.Number : value.ValueKind == JsonValueKind.String;
        return fits ? issue with { Custom = issue.Custom.SetItem(field.Id, value) } : Fail(issue, errors, field.Id, $"Operation value must be a {field.Type}");
    }

    /// <summary>The first of the members that is a text: things are named by id, key or name.</summary>
    public static string? Named(JsonElement value, params ReadOnlySpan<string> members)
    {
        if (value.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in members)
            if (value.TryGetProperty(member, out var text) && text.ValueKind is JsonValueKind.String or JsonValueKind.Number) return text.ToString();
        return null;
    }

    static IssueState Fail(IssueState issue, FieldErrors errors, string field, string message)
    {
        errors.Add(field, message);
        return issue;
    }
}
