using Riq.Simulator.Exchange;

namespace Riq.Simulator.Confluence;

/// <summary>Spaces and pages of version 2.</summary>
sealed class PageRoutes(ConfluenceStore store, PageWriter writer)
{
    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("spaces", Spaces)
        .Read("spaces/{id}", call => Answer.Ok(PageJson.Space(call, Space(call))))
        .Read("spaces/{id}/pages", call => List(call, store.All.Select(p => p.State).Where(p => p.Space == Space(call))))
        .Read("pages", Pages)
        .Read("pages/{id}", call => Answer.Ok(PageJson.Page(call, Find(call).Read(call.Worker), call.Query("body-format"))) with { Points = 2 })
        .Write("POST", "pages", call => Answer.Ok(PageJson.Page(call, writer.Create(call), "storage")))
        .Write("PUT", "pages/{id}", call => Answer.Ok(PageJson.Page(call, writer.Update(call, Find(call)), "storage")))
        .Write("DELETE", "pages/{id}", Delete)
        .Read("pages/{id}/children", Children)
        .Read("pages/{id}/direct-children", Children)
        .Read("pages/{id}/versions", call => Paging.List(call, Find(call).History.Reverse(), (v, _) => PageJson.Version(v)))
        .Read("pages/{id}/labels", call => Paging.List(call, Find(call).State.Labels, (l, _) => PageJson.Label(l)));

    public Page Find(Call call) => store.Find(call.Segment("id")) ?? throw PageWriter.NoPage(call);

    Answer Spaces(Call call)
    {
        var (keys, ids) = (call.QueryList("keys"), call.QueryList("ids"));
        return Paging.List(call, store.Spaces
            .Where(s => keys is null || keys.Contains(s.Key, StringComparer.OrdinalIgnoreCase))
            .Where(s => ids is null || ids.Contains(PageJson.Id(s.Id))), (s, _) => PageJson.Space(call, s));
    }

    /// <summary>By title the answer comes from the titles themselves, without index lag.</summary>
    Answer Pages(Call call)
    {
        var spaces = (call.QueryList("space-id") is { } ids ? ids.Select(store.Space).OfType<Space>() : store.Spaces).ToArray();
        var statuses = call.QueryList("status") ?? ["current", "archived"];
        var pages = call.Query("title") is { } title
            ? spaces.Select(s => store.WithTitle(s.Id, title)).OfType<Page>().Select(p => p.Read(call.Worker))
            : store.All.Select(p => p.State).Where(p => spaces.Contains(p.Space));
        if (call.QueryList("id") is { } wanted) pages = pages.Where(p => wanted.Contains(PageJson.Id(p.Id)));
        return List(call, pages.Where(p => statuses.Contains(p.Status)));
    }

    static Answer List(Call call, IEnumerable<PageState> pages) => Paging.List(call, pages.OrderBy(p => p.Id), (p, _) => PageJson.Page(call, p, call.Query("body-format")));

    Answer Children(Call call)
    {
        var parent = Find(call).State;
        return Paging.List(call, store.ChildrenOf(parent.Id).Select(p => p.State).Where(p => p.Status == "current"), PageJson.Child);
    }

    Answer Delete(Call call)
    {
        if (!store.Remove(Find(call))) throw PageWriter.NoPage(call);
        call.Committed = true;
        return Answer.NoContent;
    }

    Space Space(Call call) => store.Space(call.Segment("id")) ?? throw SiteException.Confluence(404, "NOT_FOUND", $"Space with id {call.Segment("id")} not found.");
}
