using System.Globalization;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Limits;

namespace Riq.Simulator.Faults;

/// <summary>The answers that faults put in place of the true ones.</summary>
static class FaultAnswers
{
    public static Answer TooMany(Call call, FaultAction action)
    {
        var wait = TimeSpan.FromSeconds(action.RetryAfter ?? 1);
        var limit = RateLimits.BurstLimit(call.Method, call.Settings.Limits);
        var answer = LimitAnswers.TooMany(call.Route.Product, action.Reason, limit, TimeSpan.FromSeconds(1), wait, call.At);
        return action.Html ? answer.AsHtml() : answer;
    }

    public static Answer ServerError(FaultAction action)
    {
        var answer = new Answer(action.Code, new JsonObject { ["errorMessages"] = new JsonArray("Internal server error"), ["errors"] = new JsonObject() });
        if (action.RetryAfter is { } seconds) answer = answer.With(KeyValuePair.Create("Retry-After", seconds.ToString(CultureInfo.InvariantCulture)));
        return action.Html ? answer.AsHtml() : answer;
    }

    public static Answer Conflict(Call call) => new(409, call.Route.Product == Product.Confluence
        ? new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["status"] = 409, ["code"] = "CONFLICT", ["title"] = "Conflict: the content was changed at the same time.", ["detail"] = null }) }
        : new JsonObject { ["errorMessages"] = new JsonArray("The issue was changed at the same time. Try again."), ["errors"] = new JsonObject() });

    public static Answer DeniedScope => new(401, new JsonObject { ["code"] = 401, ["message"] = "Unauthorized; scope does not match" });
}
