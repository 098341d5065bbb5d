using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Riq.Adapters.Confluence;
using Riq.Adapters.Jira;
using Riq.Contracts;

namespace Riq.UnitTests.Reads;

/// <summary>Whatever an answer depends on, the write that changes it names.</summary>
public class TaskTagsTests
{
    static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);

    static readonly JsonElement Issue = Json(new { id = "MD-7", external_id = "10007", parent_id = "MD-3" });

    static bool Meet(IEnumerable<string> read, IEnumerable<string> write) => read.Intersect(write).Any();

    [Theory]
    [InlineData("MD-7", "MD-7")]
    [InlineData("MD-7", "md-7")]
    [InlineData("MD-7", " MD-7 ")]
    [InlineData("10007", "MD-7")]
    [InlineData("MD-7", "10007")]
    [InlineData("10007", "10007")]
    [InlineData("md-7", "$result.req_1.id")]
    public void A_task_read_by_key_or_id_is_void_after_a_write_by_key_or_id(string readBy, string writtenBy)
    {
        var read = TaskTags.OfTask(Json(new { task_id = readBy }), Issue);
        Assert.True(Meet(read, TaskTags.Changed(Json(new { task_id = writtenBy }), null)));
        Assert.True(Meet(read, TaskTags.Deleted(Json(new { task_id = writtenBy }), null)));
    }

    [Fact]
    public void A_write_to_another_task_leaves_it()
    {
        var read = TaskTags.OfTask(Json(new { task_id = "MD-7" }), Issue);
        Assert.False(Meet(read, TaskTags.Changed(Json(new { task_id = "MD-8" }), Json(new { id = "MD-8", external_id = "10008" }))));
        Assert.False(Meet(read, TaskTags.Created(Json(new { project_id = "MD" }), Json(new { id = "MD-9", external_id = "10009" }))));
    }

    [Theory]
    [InlineData("MD-3")]
    [InlineData("10003")]
    public void Deleting_a_task_makes_its_subtasks_void(string parent) =>
        Assert.True(Meet(TaskTags.OfTask(Json(new { task_id = "MD-7" }), Issue), TaskTags.Deleted(Json(new { task_id = parent }), Json(new { id = parent }))));

    [Theory]
    [InlineData("""{"project_id":"MD"}""", "MD-7", true)]
    [InlineData("""{"project_id":"md"}""", "MD-7", true)]
    [InlineData("""{"project_id":"MD"}""", "10007", true)]
    [InlineData("""{"project_id":"MD"}""", "OPS-7", false)]
    [InlineData("""{"project_id":"10000"}""", "OPS-7", true)]
    [InlineData("""{"jql":"project = MD"}""", "OPS-7", true)]
    [InlineData("""{"text":"word"}""", "OPS-7", true)]
    [InlineData("""{"epic_id":"MD-1"}""", "OPS-7", true)]
    public void A_search_is_void_after_a_write_that_may_show_in_it(string search, string task, bool expected)
    {
        var payload = JsonDocument.Parse(search).RootElement;
        Assert.Equal(expected, Meet(TaskTags.OfSearch(payload, null), TaskTags.Changed(Json(new { task_id = task }), null)));
    }

    [Theory]
    [InlineData("MD", true)]
    [InlineData("OPS", false)]
    [InlineData("10000", true)]
    public void A_creation_makes_its_project_s_searches_void(string project, bool expected) =>
        Assert.Equal(expected, Meet(TaskTags.OfSearch(Json(new { project_id = "MD" }), null), TaskTags.Created(Json(new { project_id = project }), null)));

    [Fact]
    public void A_page_is_void_after_a_change_of_it_and_after_the_deletion_of_the_page_above()
    {
        var read = PageTags.OfPage(Json(new { page_id = "5" }), Json(new { id = "5", parent_id = "4" })).ToArray();
        Assert.True(Meet(read, PageTags.Changed(Json(new { page_id = "5" }), null)));
        Assert.True(Meet(read, PageTags.Changed(Json(new { page_id = "$result.id" }), null)));
        Assert.True(Meet(read, PageTags.Deleted(Json(new { page_id = "4" }), null)));
        Assert.False(Meet(read, PageTags.Changed(Json(new { page_id = "4" }), null)));
        Assert.True(Meet(PageTags.OfList(Json(new { page_id = "4" }), null), PageTags.Created(Json(new { title = "x" }), null)));
    }

    [Fact]
    public void Every_read_is_kept_and_every_write_says_what_it_changes()
    {
        foreach (var operation in JiraOperations.All.Concat(ConfluenceOperations.All))
            if (operation.IsWrite) Assert.NotNull(operation.Changes);
            else Assert.NotNull(operation.Cached);
        Assert.Equal(new Dictionary<string, int>
        {
            ["jira.get_task"] = 300, ["jira.search_tasks"] = 120, ["jira.get_epic_children"] = 120,
            ["confluence.get_page"] = 600, ["confluence.get_page_children"] = 120, ["confluence.search_pages"] = 120,
        }, JiraOperations.All.Concat(ConfluenceOperations.All).Where(o => o.Cached is not null).ToDictionary(o => o.Name, o => (int)o.Cached!.Ttl.TotalSeconds));
    }

    /// <summary>Whatever somebody submits, no tag breaks a line (they are stored as lines) and no function throws.</summary>
    [Property]
    public bool No_payload_makes_a_tag_of_several_lines(NonNull<string> one, NonNull<string> two)
    {
        var payload = Json(new { task_id = one.Get, project_id = two.Get, page_id = one.Get });
        var result = Json(new { id = two.Get, external_id = one.Get, parent_id = two.Get });
        CacheTags[] all = [TaskTags.OfTask, TaskTags.OfSearch, TaskTags.Created, TaskTags.Changed, TaskTags.Deleted, PageTags.OfPage, PageTags.OfList, PageTags.Created, PageTags.Changed, PageTags.Deleted];
        return all.SelectMany(t => t(payload, result).Concat(t(payload, null))).All(t => !t.Contains('\n', StringComparison.Ordinal) && t.Length < 200);
    }
}
