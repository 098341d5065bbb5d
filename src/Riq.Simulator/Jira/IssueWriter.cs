using System.Collections.Immutable;
using System.Text.Json;
using Riq.Simulator.Exchange;
using Riq.Simulator.Ledger;

namespace Riq.Simulator.Jira;

/// <summary>Creates and edits issues from the bodies of calls: everything is checked before anything is changed.</summary>
sealed class IssueWriter(JiraStore store, IssueFields fields, Effects effects)
{
    /// <summary>Fields that a create must settle before the others, because those depend on them.</summary>
    static readonly string[] SettledFirst = ["project", "issuetype"];

    /// <summary>The new issue, or null with what is wrong in <paramref name="errors"/>.</summary>
    public IssueState? Create(Call call, JsonElement body, FieldErrors errors)
    {
        if (Blank(call, body, errors) is not { } issue) return null;
        foreach (var field in Members(body, "fields"))
            if (!SettledFirst.Contains(field.Name)) issue = fields.Set(issue, field.Name, field.Value, call.PlainText, errors);
        issue = Operations(call, issue, body, errors);
        if (issue.Summary.Length == 0) errors.Add("summary", "You must specify a summary of the issue.");
        if (issue.Type.IsSubtask && issue.ParentKey is null) errors.Add("parent", IssueFields.MissingParent);
        issue = issue with { Properties = WithProperties(issue.Properties, body, errors) };
        if (!errors.IsEmpty) return null;

        issue = issue with { Id = store.NextId(), Key = issue.Project.NextKey() };
        store.Add(issue);
        effects.Add(Markers.OfWrite(body), issue.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        call.Committed = true;
        return issue;
    }

    /// <summary>False when the issue is gone; what is wrong is in <paramref name="errors"/>.</summary>
    public bool Edit(Call call, Issue issue, JsonElement body, FieldErrors errors) => store.Change(issue, call.WorkAt, state =>
    {
        var next = state;
        foreach (var field in Members(body, "fields"))
        {
            next = fields.Set(next, field.Name, field.Value, call.PlainText, errors);
            if (Members(body, "update").Any(u => u.Name == field.Name)) errors.Add(field.Name, $"Field '{field.Name}' cannot appear in both 'fields' and 'update'");
        }
        next = Operations(call, next, body, errors);
        next = next with { Properties = WithProperties(next.Properties, body, errors) };
        if (!errors.IsEmpty) return null;
        call.Committed = true;
        return next;
    });

    IssueState? Blank(Call call, JsonElement body, FieldErrors errors)
    {
        var given = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("fields", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        var project = store.Project(Member(given, "project") is { } p ? IssueFields.Named(p, "key", "id") : null);
        var type = JiraCatalog.Type(Member(given, "issuetype") is { } t ? IssueFields.Named(t, "id", "name") : null);
        if (project is null) errors.Add("project", Member(given, "project") is null ? "Specify a valid project ID or key" : "valid project is required");
        if (type is null) errors.Add("issuetype", Member(given, "issuetype") is null ? "Specify an issue type" : "Specify a valid issue type");
        if (Member(given, "summary") is null) errors.Add("summary", "You must specify a summary of the issue.");
        if (project is null || type is null) return null;
        return new IssueState
        {
            Id = 0, Key = "", Project = project, Type = type, Reporter = call.Account, Creator = call.Account, Created = call.WorkAt, Updated = call.WorkAt, StatusSince = call.WorkAt,
        };
    }

    IssueState Operations(Call call, IssueState issue, JsonElement body, FieldErrors errors)
    {
        foreach (var field in Members(body, "update"))
        {
            if (field.Value.ValueKind != JsonValueKind.Array) { errors.Add(field.Name, "expected an array of operations"); continue; }
            foreach (var operation in field.Value.EnumerateArray())
                if (operation.ValueKind == JsonValueKind.Object)
                    foreach (var verb in operation.EnumerateObject()) issue = Operate(call, issue, field.Name, verb.Name, verb.Value, errors);
        }
        return issue;
    }

    IssueState Operate(Call call, IssueState issue, string field, string verb, JsonElement value, FieldErrors errors) => (field, verb) switch
    {
        ("comment", "add") => AddComment(call, issue, value, errors),
        (_, "set") => fields.Set(issue, field, value, call.PlainText, errors),
        ("labels", "add") when value.ValueKind == JsonValueKind.String => AddLabel(issue, value.GetString()!, errors),
        ("labels", "remove") when value.ValueKind == JsonValueKind.String => issue with { Labels = [.. issue.Labels.Where(l => l != value.GetString())] },
        _ => Refuse(issue, field, verb, errors),
    };

    static IssueState AddLabel(IssueState issue, string label, FieldErrors errors)
    {
        if (IssueFields.LabelProblem(label) is not { } problem) return issue.Labels.Contains(label) ? issue : issue with { Labels = [.. issue.Labels, label] };
        errors.Add("labels", problem);
        return issue;
    }

    IssueState AddComment(Call call, IssueState issue, JsonElement value, FieldErrors errors)
    {
        if (Member(value, "body") is { } text && IssueFields.TextProblem(text, call.PlainText) is null)
            return issue with { Comments = issue.Comments.Add(new(store.NextId(), call.Account, text, call.WorkAt, call.WorkAt, ImmutableDictionary<string, JsonElement>.Empty)) };
        errors.Add("comment", "Comment body is not valid!");
        return issue;
    }

    static IssueState Refuse(IssueState issue, string field, string verb, FieldErrors errors)
    {
        errors.Add(field, $"Field does not support '{verb}' operation.");
        return issue;
    }

    /// <summary>The entity properties of a body laid over the present ones.</summary>
    public static ImmutableDictionary<string, JsonElement> WithProperties(ImmutableDictionary<string, JsonElement> present, JsonElement body, FieldErrors errors)
    {
        if (Member(body, "properties") is not { ValueKind: JsonValueKind.Array } properties) return present;
        foreach (var property in properties.EnumerateArray())
        {
            if (Member(property, "key") is { ValueKind: JsonValueKind.String } key && Member(property, "value") is { } value) present = present.SetItem(key.GetString()!, value);
            else errors.Add("properties", "A property needs a key and a value.");
        }
        return present;
    }

    static JsonElement? Member(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : null;

    static IEnumerable<JsonProperty> Members(JsonElement body, string name) => Member(body, name) is { ValueKind: JsonValueKind.Object } inner ? inner.EnumerateObject() : [];
}
