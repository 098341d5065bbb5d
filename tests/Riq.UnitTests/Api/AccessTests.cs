using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Riq.Api;
using Riq.Api.Security;
using Riq.Engine.Security;

namespace Riq.UnitTests.Api;

/// <summary>Who may call what: every endpoint that is mapped, also those that nobody has thought of here.</summary>
public class AccessTests
{
    static readonly RouteEndpoint[] Endpoints = [.. All()];

    /// <summary>The only calls that change something without the scope operate.</summary>
    static readonly string[] ClientsChanges = ["POST /api/queue/submit", "POST /api/queue/submit/batch", "POST /api/queue/requests/{token}/cancel", "POST /api/queue/requests/cancel", "POST /api/queue/requests/{token}/callback/replay"];

    static IEnumerable<RouteEndpoint> All()
    {
        IEndpointRouteBuilder app = ApiHost.Build(["--urls=http://127.0.0.1:0", "--Riq:Postgres=Host=127.0.0.1;Port=1;Username=x;Database=x", "--Riq:RabbitMq=amqp://x:x@127.0.0.1:1/x", "--Riq:Services:jira:BaseUrl=http://127.0.0.1:1"]);
        return app.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();
    }

    static string Name(RouteEndpoint e) => $"{string.Join(",", Methods(e))} /{e.RoutePattern.RawText!.TrimStart('/')}";

    static IReadOnlyList<string> Methods(RouteEndpoint e) => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"];

    static Scopes? Of(RouteEndpoint e) => e.Metadata.GetMetadata<Access>()?.AnyOf;

    [Fact]
    public void Every_endpoint_declares_who_may_call_it()
    {
        Assert.True(Endpoints.Length > 15);
        Assert.Empty(Endpoints.Where(e => Of(e) is null).Select(Name));
    }

    [Fact]
    public void Nothing_of_the_queue_is_open_to_everybody() =>
        Assert.Empty(Endpoints.Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal) && Of(e) == Scopes.None).Select(Name));

    [Fact]
    public void What_is_open_to_everybody_changes_nothing() =>
        Assert.Empty(Endpoints.Where(e => Of(e) == Scopes.None && !Methods(e).All(m => m is "GET" or "HEAD" or "ANY")).Select(Name));

    [Fact]
    public void What_changes_anything_but_a_client_s_own_requests_needs_operate()
    {
        var changes = Endpoints.Where(e => Methods(e).Any(m => m is not ("GET" or "HEAD" or "ANY")));
        Assert.Empty(changes.Where(e => Of(e) != Scopes.Operate).Select(Name).Except(ClientsChanges));
    }
}
