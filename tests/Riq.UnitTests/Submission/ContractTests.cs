using System.Text.Json;
using Riq.Contracts;

namespace Riq.UnitTests.Submission;

/// <summary>The small promises of the records that everybody shares.</summary>
public class ContractTests
{
    [Fact]
    public void A_result_is_data_or_an_error()
    {
        var ok = AdapterResult<int>.Ok(3, new(200));
        var bad = AdapterResult<int>.Fail(new(ErrorCodes.NotFound, "m"), new(404));
        Assert.True(ok.Success);
        Assert.False(bad.Success);
        Assert.Equal((3, null, 200), (ok.Data, ok.Error, ok.Metadata.HttpStatus!.Value));
        Assert.Null(AdapterResult<int>.Ok(1).Metadata.HttpStatus);
    }

    [Fact]
    public void Converting_a_result_keeps_the_error_and_the_facts_of_the_call()
    {
        var ok = AdapterResult<int>.Ok(3, new(200)).Map(n => $"{n}");
        var bad = AdapterResult<int>.Fail(new(ErrorCodes.NotFound, "m"), new(404)).Map<string>(_ => throw new InvalidOperationException("An error has no data."));
        Assert.Equal(("3", 200), (ok.Data, ok.Metadata.HttpStatus!.Value));
        Assert.Equal((null, ErrorCodes.NotFound, 404), (bad.Data, bad.Error!.Code, bad.Metadata.HttpStatus!.Value));
    }

    [Fact]
    public void JSON_is_snake_case_without_nulls_and_with_readable_text()
    {
        var task = new TaskItem { Id = "MD-1", StoryPoints = 1.5, Title = "Größe <b> 😀 \"x\"", CreatedAt = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero), Labels = [] };
        Assert.Equal("""{"id":"MD-1","title":"Größe <b> 😀 \"x\"","labels":[],"story_points":1.5,"created_at":"2026-05-04T12:00:00+00:00"}""",
            JsonSerializer.Serialize(task, RiqJson.Options).Replace("\\uD83D\\uDE00", "😀", StringComparison.Ordinal));
        Assert.Equal("\"read\"", JsonSerializer.Serialize(OperationKind.Read, RiqJson.Options));
        Assert.True(RiqJson.Options.IsReadOnly);
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        var change = new TaskChange { TaskId = "MD-1", Title = "", Labels = ["a", "b"], CustomFields = new Dictionary<string, JsonElement> { ["customfield_10016"] = Known.Json("5") } };
        var read = JsonSerializer.Deserialize<TaskChange>(JsonSerializer.Serialize(change, RiqJson.Options), RiqJson.Options)!;
        Assert.Equal((change.TaskId, change.Title, null), (read.TaskId, read.Title, read.Description));
        Assert.Equal(change.Labels, read.Labels);
        Assert.Equal(5, read.CustomFields!["customfield_10016"].GetInt32());   // the keys of a map are the service's own
    }

    [Fact]
    public void A_field_that_is_required_is_missed() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<NewTask>("""{"title":"x"}""", RiqJson.Options));
}
