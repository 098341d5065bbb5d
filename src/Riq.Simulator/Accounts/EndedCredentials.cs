using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Accounts;

/// <summary>
/// What calls with a credential that has ended are answered. The services are not of one mind: a 401, at the gateway a 403 or a
/// 404, and sometimes the caller is simply nobody, who is shown nothing: searches are empty, objects are not there.
/// </summary>
static class EndedCredentials
{
    public const string Unauthorized = "401", Forbidden = "403", NotFound = "404", Nobody = "nobody";

    public static readonly IReadOnlyList<string> All = [Unauthorized, Forbidden, NotFound, Nobody];

    /// <summary>Null: a 401, whatever the call.</summary>
    public static Answer? Answer(Call call) => call.Settings.Tokens.Ended switch
    {
        Forbidden => Refusal(call, 403, "The token has no access to this resource."),
        NotFound => Refusal(call, 404, "No message available"),
        Nobody => AsNobody(call),
        _ => null,
    };

    // Who asks about itself is told.
    static Answer? AsNobody(Call call) => call.Route.Class switch
    {
        RouteClass.Search => new(200, Empty(call)),
        RouteClass.Read when !call.Path.EndsWith("/myself", StringComparison.Ordinal) && !call.Path.EndsWith("/user/current", StringComparison.Ordinal) =>
            Refusal(call, 404, "It does not exist or you do not have permission to see it."),
        _ => null,
    };

    static JsonObject Empty(Call call) => call.Route.Product == Product.Confluence
        ? new() { ["results"] = new JsonArray(), ["start"] = 0, ["limit"] = 25, ["size"] = 0, ["totalSize"] = 0, ["_links"] = new JsonObject { ["base"] = $"{call.Origin}/wiki" } }
        : call.Path.EndsWith("/approximate-count", StringComparison.Ordinal) ? new() { ["count"] = 0 }
        : new() { ["issues"] = new JsonArray(), ["isLast"] = true };

    static Answer Refusal(Call call, int status, string message) => new(status, call.Route.Product == Product.Confluence || call.Http.Request.PathBase.HasValue
        ? new JsonObject { ["code"] = status, ["message"] = message }
        : new JsonObject { ["errorMessages"] = new JsonArray(message), ["errors"] = new JsonObject() });
}
