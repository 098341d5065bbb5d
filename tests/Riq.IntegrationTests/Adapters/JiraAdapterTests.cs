using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

public sealed class JiraAdapterTests : JiraAdapterSuite
{
    [Fact]
    public async Task The_status_of_the_last_answer_is_told()
    {
        Service.On("DELETE", "/rest/api/3/issue/MD-1", 204);
        Assert.Equal(204, (await Run("delete_task", """{"task_id":"MD-1"}""")).Metadata.HttpStatus);
    }
}
