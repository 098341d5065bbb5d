using System.Text.Json;
using Riq.Simulator.Exchange;
using Riq.Simulator.Ledger;

namespace Riq.Simulator.Confluence;

/// <summary>Content properties of a page.</summary>
sealed class PagePropertyRoutes(ConfluenceStore store, PageRoutes pages, Effects effects)
{
    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("pages/{id}/properties", List)
        .Read("pages/{id}/properties/{property}", call => Answer.Ok(PageJson.Property(Find(call, pages.Find(call).State))))
        .Write("POST", "pages/{id}/properties", Add)
        .Write("PUT", "pages/{id}/properties/{property}", Update)
        .Write("DELETE", "pages/{id}/properties/{property}", Delete);

    Answer List(Call call)
    {
        var key = call.Query("key");
        return Paging.List(call, pages.Find(call).State.Properties.Where(p => key is null || p.Key == key), (p, _) => PageJson.Property(p));
    }

    Answer Add(Call call)
    {
        var (key, value) = KeyAndValue(call);
        var added = new PageProperty(store.NextId(), key, value, 1, call.WorkAt);
        var page = Change(call, state => state.Properties.Any(p => p.Key == key)
            ? throw SiteException.Confluence(409, "CONFLICT", $"A property with the key '{key}' exists already on this content.")
            : state with { Properties = state.Properties.Add(added) });
        if (key == Markers.PropertyKey) effects.Add(Markers.OfValue(value), PageJson.Id(page.Id));
        return Answer.Ok(PageJson.Property(added));
    }

    Answer Update(Call call)
    {
        var (key, value) = KeyAndValue(call);
        PageProperty? updated = null;
        Change(call, state =>
        {
            var old = Find(call, state);
            if (call.Body.TryGetProperty("version", out var version) && version.TryGetProperty("number", out var number) && number.GetInt32() != old.Version + 1)
                throw SiteException.Confluence(409, "CONFLICT", $"Version must be incremented when updating a property. Current Version: [{old.Version}]. Provided version: [{number}]");
            updated = old with { Key = key, Value = value, Version = old.Version + 1, At = call.WorkAt };
            return state with { Properties = state.Properties.Replace(old, updated) };
        });
        return Answer.Ok(PageJson.Property(updated!));
    }

    Answer Delete(Call call)
    {
        Change(call, state => state with { Properties = state.Properties.Remove(Find(call, state)) });
        return Answer.NoContent;
    }

    PageState Change(Call call, Func<PageState, PageState> change)
    {
        var changed = store.Change(pages.Find(call), call.Worker, call.WorkAt, change) ?? throw PageWriter.NoPage(call);
        call.Committed = true;
        return changed;
    }

    static PageProperty Find(Call call, PageState page) => page.Properties.FirstOrDefault(p => PageJson.Id(p.Id) == call.Segment("property"))
        ?? throw SiteException.Confluence(404, "NOT_FOUND", $"Property with id {call.Segment("property")} not found.");

    static (string Key, JsonElement Value) KeyAndValue(Call call) =>
        call.Body.ValueKind == JsonValueKind.Object && call.Body.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String && call.Body.TryGetProperty("value", out var value)
            ? (key.GetString()!, value) : throw PageWriter.Invalid("key", "a text, with a value beside it");
}
