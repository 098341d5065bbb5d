using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Execution;

public sealed class HappyPathTests
{
    [Fact]
    public async Task A_submitted_write_is_carried_out_once_and_its_result_comes_back()
    {
        await using var riq = await RiqCluster.Start();
        var token = await riq.Api.Submit(text: "over the whole way");
        var result = await riq.Api.End(token);

        Assert.Equal("completed", result.GetProperty("status").GetString());
        Assert.Equal("over the whole way", result.GetProperty("result").GetProperty("echo").GetString());
        var call = Assert.Single(riq.Service.Calls);
        Assert.Equal(token, call.Marker);
    }
}
