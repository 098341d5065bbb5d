using System.Text.Json.Nodes;
using Riq.Simulator.Confluence;
using Riq.Simulator.Exchange;
using Riq.Simulator.Limits;
using Riq.Simulator.Settings;
using Riq.Simulator.Tokens;
using Route = Riq.Simulator.Exchange.Route;

namespace Riq.Simulator.Ledger;

/// <summary>What a well-behaved client leaves behind, checked over all that has happened since the start or the last reset.</summary>
sealed class Assertions(CallLedger ledger, PermanentErrors permanentErrors, Effects effects, ConfluenceStore pages, TokenService tokens, RouteTable routes, LiveSettings settings)
{
    const int MaxExamples = 20;

    public JsonObject ToJson()
    {
        JsonObject[] all = [OneObjectPerRequest(), NoLostUpdate(), NoCallBeforeRetryAfter(), MaxRatePerBucket(), OneRefreshPerExpiry(), NoRepeatOfPermanentError()];
        return new() { ["ok"] = all.All(a => a["ok"]!.GetValue<bool>()), ["calls"] = ledger.Last, ["assertions"] = new JsonArray([.. all]) };
    }

    JsonObject OneObjectPerRequest()
    {
        var twice = effects.All.Where(e => e.Value.Length > 1).Take(MaxExamples)
            .Select(e => new JsonObject { ["marker"] = e.Key, ["objects"] = new JsonArray([.. e.Value.Select(id => (JsonNode)id)]) }).ToArray();
        var json = Assertion("one_object_per_request", twice.Length == 0 && effects.Forgotten == 0, twice);
        (json["markers"], json["forgotten"]) = (effects.Count, effects.Forgotten);
        return json;
    }

    /// <summary>A page's version must not be written over by a worker that has neither read nor written it.</summary>
    JsonObject NoLostUpdate() => Assertion("no_lost_update", pages.All.Where(p => p.BlindOverwrites > 0).Take(MaxExamples)
        .Select(p => new JsonObject { ["page"] = PageJson.Id(p.State.Id), ["overwrites"] = p.BlindOverwrites }).ToArray());

    JsonObject NoCallBeforeRetryAfter()
    {
        var json = Assertion("no_call_before_retry_after", ledger.Violations == 0,
            [.. ledger.ViolationExamples.Take(MaxExamples).Select(r => new JsonObject { ["seq"] = r.Seq, ["worker"] = r.Worker, ["call"] = $"{r.Method} {r.Path}", ["violation"] = r.Violation })]);
        json["violations"] = ledger.Violations;
        return json;
    }

    /// <summary>The calls that a bucket got in its fullest second, also those that were refused; without limits it only reports.</summary>
    JsonObject MaxRatePerBucket()
    {
        var limits = settings.Current.Limits;
        var buckets = routes.All.Where(r => r.Peak.Total > 0).Select(r => (Route: r, Limit: RateLimits.BurstLimit(r.Method, limits))).ToArray();
        var over = limits.Enabled ? buckets.Where(b => b.Route.Product == Product.Jira && b.Route.Peak.Peak > b.Limit).Select(b => Bucket(b.Route, b.Limit)).ToArray() : [];
        var json = Assertion("max_rate_per_bucket", over);
        json["buckets"] = new JsonArray([.. buckets.OrderByDescending(b => b.Route.Peak.Peak).Select(b => (JsonNode)Bucket(b.Route, b.Limit))]);
        return json;
    }

    static JsonObject Bucket(Route route, int limit) => new() { ["bucket"] = route.Name, ["peakPerSecond"] = route.Peak.Peak, ["limit"] = limit, ["calls"] = route.Peak.Total };

    /// <summary>A refresh token may be spent again only for a reply that got lost, and an access token is not replaced in the first half of its life.</summary>
    JsonObject OneRefreshPerExpiry()
    {
        var (again, early) = (tokens.SpentAgain.ToArray(), tokens.Early.ToArray());
        return Assertion("one_refresh_per_expiry", again.Sum(a => a.Times) <= ledger.LostTokenAnswers && !again.Any(a => a.Revoked) && early.Length == 0,
            [.. again.Take(MaxExamples).Select(a => new JsonObject { ["family"] = a.Family, ["spentAgain"] = a.Times, ["revoked"] = a.Revoked }),
             .. early.Take(MaxExamples).Select(a => new JsonObject { ["family"] = a.Family, ["early"] = a.Times })]);
    }

    JsonObject NoRepeatOfPermanentError() => Assertion("no_repeat_of_permanent_error", permanentErrors.Repeats.Take(MaxExamples)
        .Select(r => new JsonObject { ["seq"] = r.Seq, ["marker"] = r.Marker, ["call"] = $"{r.Method} {r.Path}", ["status"] = r.Status }).ToArray());

    static JsonObject Assertion(string name, JsonObject[] offences) => Assertion(name, offences.Length == 0, offences);

    static JsonObject Assertion(string name, bool ok, JsonObject[] examples) => new() { ["name"] = name, ["ok"] = ok, ["examples"] = new JsonArray([.. examples]) };
}
