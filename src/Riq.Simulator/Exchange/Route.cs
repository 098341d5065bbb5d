using Riq.Simulator.Limits;

namespace Riq.Simulator.Exchange;

enum Product { Jira, Confluence, Auth }

/// <summary>Decides the latency of a call.</summary>
enum RouteClass { Read, Write, Search }

/// <summary>One call that the site knows, with the counters that belong to it: burst limits are per endpoint and method.</summary>
sealed class Route(Product product, RouteClass routeClass, string method, string template, Func<Call, Answer> handle)
{
    public Product Product { get; } = product;
    public RouteClass Class { get; } = routeClass;
    public string Method { get; } = method;
    public string Template { get; } = template;
    public Func<Call, Answer> Handle { get; } = handle;

    /// <summary>Name of the burst bucket and of the ledger's route.</summary>
    public string Name { get; } = $"{method} {template}";

    /// <summary>Calls that change something: the ones that a ledger row can call committed.</summary>
    public bool IsWrite => Class == RouteClass.Write;

    public TokenBucket Burst { get; } = new();
    public PeakRate Peak { get; } = new();
}
