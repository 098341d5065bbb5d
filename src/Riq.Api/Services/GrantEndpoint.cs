using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Security;
using Riq.Engine.Tokens;

namespace Riq.Api.Services;

/// <summary>A new credential for a service, entered by an operator. It is never echoed and never logged.</summary>
static class GrantEndpoint
{
    public static void MapGrant(this IEndpointRouteBuilder queue) => queue.MapPost("/services/{service}/grant", Enter).WithName("enter-grant").Needs(Scopes.Operate);

    static async Task<IResult> Enter(HttpContext http, string service, TokenManager tokens, ServiceStates states)
    {
        if (tokens.SettingsOf(service) is not { } auth) return Problems.UnknownService(service).Answer();
        if (!tokens.CanStore) return Problems.NoEncryption().Answer();
        var (body, refusal) = await RequestBody.Read(http.Request);
        if (refusal is not null) return refusal.Answer();
        using (body)
        {
            var problems = new ProblemList();
            var grant = GrantBody.Read(body!.RootElement, auth, problems);
            if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
            var resumed = await tokens.Replace(service, grant.Access, grant.Refresh, Authentication.ClientOf(http), http.RequestAborted, grant.ExpiresAt).WithinLimit();
            states.Forget();
            return JsonAnswer.Ok(json => WriteAnswer(json, service.ToLowerInvariant(), auth.Type, resumed));
        }
    }

    static void WriteAnswer(Utf8JsonWriter json, string service, string type, int resumed)
    {
        json.WriteStartObject();
        json.WriteString("service", service);
        json.WriteString("type", type);
        json.WriteNumber("resumed", resumed);
        json.WriteEndObject();
    }
}
