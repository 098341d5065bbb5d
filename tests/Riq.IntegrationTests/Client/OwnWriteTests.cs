using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Client;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Simulator;

namespace Riq.IntegrationTests.Client;

/// <summary>A search after a write of one's own, while Confluence's index lags.</summary>
public sealed class OwnWriteTests
{
    [Fact]
    public async Task A_caller_who_does_not_wait_long_enough_for_the_index_hears_where_its_search_goes_on_and_gets_nothing_stale()
    {
        await using var site = await RunningSimulator.Start("--Simulator:IndexLagScale=8", "--Simulator:Seed=3");   // 8 to 24 s
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Riq:Services:confluence:BaseUrl"] = site.Http.BaseAddress!.GetLeftPart(UriPartial.Authority),
            ["Riq:Services:confluence:Auth:Type"] = "basic", ["Riq:Services:confluence:Auth:User"] = "riq@example.com", ["Riq:Services:confluence:Auth:Secret"] = "token",
        }).Build();
        await using var adapters = new ServiceCollection().AddRiqAdapters(settings).BuildServiceProvider();
        await using var riq = await RiqCluster.Create(adapters.GetServices<IServiceAdapter>().Single(a => a.Service == "confluence"));
        riq.With("Services:confluence:Rate", 0);
        await riq.StartWorker();
        var api = await riq.StartApi();
        await using var client = new ServiceCollection().AddRiqClient(o => (o.Url, o.ReadTimeout) = (api.Http.BaseAddress, TimeSpan.FromSeconds(3))).BuildServiceProvider();
        var pages = client.GetRequiredService<IDocumentAdapter>();
        var created = await pages.CreatePage(new() { Title = "Lagging behind", Content = "x", SpaceId = "MD" });
        Assert.True(created.Success, created.Error?.Message);

        var search = await pages.SearchPages(new() { Query = "Lagging" });
        Assert.Equal(ErrorCodes.Timeout, search.Error?.Code);
        Assert.Contains(search.Metadata.Token!, search.Error!.Message, StringComparison.Ordinal);
        // It has not been given up.
        var end = await riq.Api.End(search.Metadata.Token!);
        Assert.Equal([created.Data!.Id], end.GetProperty("result").GetProperty("pages").EnumerateArray().Select(p => p.GetProperty("id").GetString()));
        // Who wants what the index shows now says so.
        await using var careless = new ServiceCollection().AddRiqClient(o => (o.Url, o.ReadOwnWrites) = (api.Http.BaseAddress, false)).BuildServiceProvider();
        Assert.True((await careless.GetRequiredService<IDocumentAdapter>().SearchPages(new() { Query = "Another" })).Success);
    }
}
