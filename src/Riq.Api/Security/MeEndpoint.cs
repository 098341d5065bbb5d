using Riq.Api.Http;
using Riq.Engine.Security;

namespace Riq.Api.Security;

/// <summary><c>GET /api/queue/me</c>: who the caller is and what it may do, so that a page need not find out by being refused.</summary>
static class MeEndpoint
{
    public static void MapMe(this IEndpointRouteBuilder queue) => queue.MapGet("/me", Show).WithName("me").Needs(Scopes.Submit | Scopes.Read | Scopes.Operate);

    static JsonAnswer Show(HttpContext http, ApiKeys keys)
    {
        var caller = Caller.Of(http);
        return JsonAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteString("client", caller.Client);
            json.WriteStartArray("scopes");
            foreach (var scope in ScopeWords.Of(caller.Scopes)) json.WriteStringValue(scope);
            json.WriteEndArray();
            json.WriteBoolean("keys_required", keys.Required);
            json.WriteEndObject();
        });
    }
}
