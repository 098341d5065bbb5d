using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Whose page it is that has the title of one that was to be created.</summary>
enum PageOrigin { Ours, Unsure, Foreign }

/// <summary>
/// Tells whether a page is the effect of a request: by its marker; without one by account, time and content, because a
/// creation can't carry a marker and its answer may have been lost before one was left.
/// </summary>
sealed class PageRecognition(ServiceClient client, PageProperties properties)
{
    /// <summary>How far the service's clock may be behind that of RIQ's database.</summary>
    static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(2);

    string? _account;

    /// <param name="page">The page as it is now, with its content.</param>
    /// <param name="storage">The content that was to be created.</param>
    /// <param name="marker">The request's token.</param>
    /// <param name="unclearFrom">When the first attempt without an answer began; null when there was none, so that only the marker counts.</param>
    /// <param name="cancellation">The operation's limit.</param>
    public async Task<(PageOrigin Origin, bool IsMarked, AdapterError? Error)> Look(Document page, string storage, string marker, DateTimeOffset? unclearFrom, CancellationToken cancellation)
    {
        var (maker, error) = await properties.MadeBy(page.Id, cancellation);
        if (error is not null) return (PageOrigin.Unsure, false, error);
        if (maker is not null) return (maker == marker ? PageOrigin.Ours : PageOrigin.Foreign, true, null);
        if (unclearFrom is not { } from || page.CreatedAt < from - ClockSlack) return (PageOrigin.Foreign, false, null);

        var (account, unknown) = await Account(cancellation);
        if (unknown is not null) return (PageOrigin.Unsure, false, unknown);
        if (account is not null && page.Author is not null && account != page.Author) return (PageOrigin.Foreign, false, null);
        var same = account is not null && page.Author is not null && page.Content == PageContent.ToMarkdown(storage);
        return same ? await Claim(page.Id, marker, cancellation) : (PageOrigin.Unsure, false, null);
    }

    // Of several requests that created the same without an answer, one gets the page: Confluence takes one property of a key.
    async Task<(PageOrigin, bool, AdapterError?)> Claim(string pageId, string marker, CancellationToken cancellation)
    {
        var left = await properties.Mark(pageId, marker, cancellation);
        if (left.Ok) return (PageOrigin.Ours, true, null);
        if (left.Status == 409)
        {
            var (maker, error) = await properties.MadeBy(pageId, cancellation);
            return (maker == marker ? PageOrigin.Ours : PageOrigin.Foreign, maker is not null, error);
        }
        // Where RIQ's account may create pages but no properties, there is no telling: then it counts as ours, as far as can be seen.
        return ErrorCodes.IsTransient(left.Error!.Code) ? (PageOrigin.Unsure, false, left.Error) : (PageOrigin.Ours, false, null);
    }

    // Null when the service does not tell: then nothing is recognized for sure.
    async Task<(string?, AdapterError?)> Account(CancellationToken cancellation)
    {
        if (_account is { } known) return (known, null);
        var answer = await client.Send(Call.Get("/wiki/rest/api/user/current"), cancellation);
        if (!answer.Ok) return (null, ErrorCodes.IsTransient(answer.Error!.Code) ? answer.Error : null);
        return (_account = answer.Json.Text("accountId"), null);
    }
}
