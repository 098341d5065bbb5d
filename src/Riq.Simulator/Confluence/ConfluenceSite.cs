using Riq.Simulator.Accounts;
using Riq.Simulator.Clock;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Confluence;

/// <summary>Confluence of the simulated site: its calls, and what is in it at the start.</summary>
sealed class ConfluenceSite(ConfluenceStore store, SimulatorClock clock, PageRoutes pages, PagePropertyRoutes properties, LabelRoutes labels, ContentSearchRoutes search)
{
    static readonly TimeSpan SeededBefore = TimeSpan.FromDays(7);

    public void Map(RouteTable routes)
    {
        var v2 = routes.Group(Product.Confluence, "/wiki/api/v2/");
        pages.Map(v2);
        properties.Map(v2);
        var v1 = routes.Group(Product.Confluence, "/wiki/rest/api/");
        labels.Map(v1);
        search.Map(v1);
    }

    /// <summary>Space MD with its home page.</summary>
    public void Seed()
    {
        var space = store.AddSpace(new(store.NextId(), "MD", "Middleware"));
        var at = clock.GetUtcNow() - SeededBefore;
        var home = store.Add(new PageState
        {
            Id = store.NextId(), Space = space, Title = "Middleware Home", Status = "current", Body = "<p>Welcome.</p>", Representation = "storage",
            Owner = AccountDirectory.Integration, CreatedAt = at, Version = new(1, "", false, AccountDirectory.Integration, at),
        });
        space.HomepageId = home.State.Id;
    }
}
