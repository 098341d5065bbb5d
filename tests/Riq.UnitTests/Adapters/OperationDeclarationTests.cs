using System.Text.Json;
using Riq.Adapters;
using Riq.Adapters.Confluence;
using Riq.Adapters.Jira;
using Riq.Contracts;
using Xunit;

namespace Riq.UnitTests.Adapters;

public class OperationDeclarationTests
{
    static readonly IReadOnlyList<OperationDeclaration> All = [.. JiraOperations.All, .. ConfluenceOperations.All];

    [Theory]
    [InlineData("jira.get_task", OperationKind.Read, 15, true)]
    [InlineData("jira.search_tasks", OperationKind.Read, 30, true)]
    [InlineData("jira.get_epic_children", OperationKind.Read, 30, true)]
    [InlineData("jira.create_task", OperationKind.Write, 30, false)]
    [InlineData("jira.create_epic", OperationKind.Write, 30, false)]
    [InlineData("jira.create_subtask", OperationKind.Write, 30, false)]
    [InlineData("jira.update_task", OperationKind.Write, 30, true)]
    [InlineData("jira.transition_task", OperationKind.Write, 30, true)]
    [InlineData("jira.add_comment", OperationKind.Write, 30, false)]
    [InlineData("jira.delete_task", OperationKind.Write, 30, true)]
    [InlineData("confluence.get_page", OperationKind.Read, 15, true)]
    [InlineData("confluence.get_page_children", OperationKind.Read, 15, true)]
    [InlineData("confluence.search_pages", OperationKind.Read, 30, true)]
    [InlineData("confluence.create_page", OperationKind.Write, 30, false)]
    [InlineData("confluence.update_page", OperationKind.Write, 30, true)]
    [InlineData("confluence.delete_page", OperationKind.Write, 30, true)]
    public void Every_operation_is_declared(string name, OperationKind kind, int seconds, bool repeatSafe)
    {
        var operation = Assert.Single(All, o => o.Name == name);
        Assert.Equal((kind, TimeSpan.FromSeconds(seconds), repeatSafe), (operation.Kind, operation.Timeout, operation.RepeatSafe));
        Assert.NotEmpty(operation.Summary);
    }

    [Fact]
    public void There_are_no_others_and_the_old_name_of_the_transition_is_an_alias()
    {
        Assert.Equal(16, All.Count);
        Assert.Equal(["jira.update_status"], All.SelectMany(o => o.Aliases));
    }

    [Theory]
    [InlineData("jira.create_task", """{"title":"a\nb","labels":["x y"],"type":"story","customs":1}""", "payload.title", "payload.labels[0]", "payload.project_id", "payload.customs")]
    [InlineData("jira.create_task", """{"title":"a","project_id":"MD","type":"wish"}""", "payload.type")]
    [InlineData("jira.create_epic", """{"title":"a","project_id":"MD","type":"bug"}""", "payload.type")]
    [InlineData("jira.create_subtask", """{"title":"a","project_id":"MD"}""", "payload.parent_id")]
    [InlineData("jira.update_task", """{"task_id":"MD-1"}""", "payload")]
    [InlineData("jira.update_task", """{"task_id":"MD-1","title":""}""", "payload.title")]
    [InlineData("jira.search_tasks", """{"limit":101}""", "payload", "payload.limit")]
    [InlineData("confluence.create_page", """{"title":"a"}""", "payload.content", "payload.space_id")]
    [InlineData("confluence.get_page_children", """{"page_id":"1","limit":0}""", "payload.limit")]
    public void A_wrong_payload_is_refused_with_every_fault(string name, string payload, params string[] fields)
    {
        var problems = new ProblemList();
        All.Single(o => o.Name == name).Payload.Validate(JsonDocument.Parse(payload).RootElement, problems);
        Assert.Equal(fields.Order(), problems.ByField.Keys.Order());
    }

    [Fact]
    public void A_marker_is_a_label_that_jira_takes_and_that_is_known_again()
    {
        var label = RequestMarker.Label("req_0197f3d2c4d77a6b8e9f00112233aabb");
        Assert.True(RequestMarker.IsLabel(label), label);
        Assert.Equal(20, label.Length);
        Assert.NotEqual(label, RequestMarker.Label("req_0197f3d2c4d77a6b8e9f00112233aabc"));
        Assert.False(RequestMarker.IsLabel("riq-release"));
    }
}
