using Riq.Simulator.Faults;

namespace Riq.Simulator.Exchange;

/// <summary>All calls of the site. Features add theirs at start; anything else answers 404.</summary>
sealed class RouteTable
{
    readonly List<Route> _routes = [];

    public IReadOnlyList<Route> All => _routes;

    public RouteGroup Group(Product product, string prefix = "") => new(this, product, prefix);

    void Add(Route route) => _routes.Add(route);

    /// <summary>Adds calls of one product under one path prefix.</summary>
    public sealed class RouteGroup(RouteTable table, Product product, string prefix)
    {
        public RouteGroup Read(string template, Func<Call, Answer> handle, string method = "GET") => Add(RouteClass.Read, method, template, handle);
        public RouteGroup Search(string method, string template, Func<Call, Answer> handle) => Add(RouteClass.Search, method, template, handle);
        public RouteGroup Write(string method, string template, Func<Call, Answer> handle) => Add(RouteClass.Write, method, template, handle);

        RouteGroup Add(RouteClass routeClass, string method, string template, Func<Call, Answer> handle)
        {
            table.Add(new Route(product, routeClass, method, prefix + template, handle));
            return this;
        }
    }

    /// <summary>What a call to nowhere goes through: it is recorded, and faults may hit it, like any other.</summary>
    public static Route Unknown(string method) => new(Product.Jira, RouteClass.Read, method, FaultMatch.UnknownTemplate, _ => Answer.NoSuchResource);
}
