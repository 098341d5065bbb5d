using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

public sealed class ConfluenceAdapterTests : ConfluenceAdapterSuite
{
    // What the queue makes of these is a repetition, not an end.
    [Theory]
    [InlineData(200, false)]
    [InlineData(503, true)]
    public async Task A_page_left_without_its_labels_may_be_repeated_only_when_it_bears_the_mark(int markStatus, bool unclear)
    {
        Service.On("POST", "/wiki/api/v2/pages", 200, Page(1))
            .On("POST", "/wiki/api/v2/pages/77/properties", markStatus, "{}")
            .On("POST", "/wiki/rest/api/content/77/label", 429);
        var error = await Fails("create_page", """{"title":"Title","content":"x","space_id":"9","labels":["x"]}""");
        Assert.Equal((ErrorCodes.RateLimited, unclear, "77"), (error.Code, error.Unclear, error.Details!.Value.GetProperty("page_id").GetString()));
        Assert.Contains("id 77", error.Message);
    }

    [Fact]
    public async Task A_conflict_that_does_not_end_is_given_up_after_three_reapplications()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(5)).On("PUT", "/wiki/api/v2/pages/77", 409);
        var error = await Fails("update_page", """{"page_id":"77","content":"new"}""");
        Assert.Equal((ErrorCodes.Conflict, false), (error.Code, error.Unclear));
        Assert.Equal(4, Service.Calls.Count(c => c.Method == "PUT"));
    }
}
