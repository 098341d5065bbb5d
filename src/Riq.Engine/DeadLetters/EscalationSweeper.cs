using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.DeadLetters;

/// <summary>Tier 2: tells the webhook of dead letters that nobody has decided about for a day. Once each; again only when the answer was lost.</summary>
sealed class EscalationSweeper(Database database, RiqOptions options, ILogger<EscalationSweeper> log) : ISweeper, IDisposable
{
    const int Batch = 100;
    static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(30);

    // A letter that was retried and died again is a new case.
    const string FindSql = """
        select r.id, r.client_id, r.service, r.operation, r.error->>'code', r.completed_at from queue_requests r left join dead_letter_care d on d.request_id = r.id
        where r.status = 'dead' and r.completed_at < now() - $1 and r.completed_at > now() - $2 and (d.escalated_at is null or d.escalated_at < r.completed_at) order by r.id limit $3
        """;

    const string MarkSql = """
        insert into dead_letter_care(request_id, automatic_retries, escalated_at) select id, 0, now() from unnest($1::uuid[]) id order by id
        on conflict (request_id) do update set escalated_at = now()
        """;

    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(10) };

    public string Name => "escalation";
    public TimeSpan Interval => options.SweepInterval < LongestInterval ? options.SweepInterval : LongestInterval;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        var tiers = options.DeadLetters;
        if (tiers.WebhookUrl.Length == 0) return;
        var letters = await database.Plain.CreateCommand(FindSql).With(tiers.EscalateAfter).With(tiers.ArchiveAfter).With(Batch)
            .List(r => (Id: r.GetGuid(0), Item: new { token = RequestToken.Of(r.GetGuid(0)), client = r.GetString(1), service = r.GetString(2), operation = r.GetString(3), code = r.Text(4), failed_at = r.GetDateTime(5) }), cancellation);
        if (letters.Count == 0 || !await Tell(new { type = "dead_letters.escalated", items = letters.Select(l => l.Item) }, cancellation)) return;
        await database.Plain.CreateCommand(MarkSql).With(letters.ConvertAll(l => l.Id).ToArray()).Run(CancellationToken.None);
    }

    async Task<bool> Tell<T>(T message, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.PostAsJsonAsync(options.DeadLetters.WebhookUrl, message, RiqJson.Options, cancellation);
            if (answer.IsSuccessStatusCode) return true;
            log.EscalationFailed($"it answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || e is OperationCanceledException && !cancellation.IsCancellationRequested) { log.EscalationFailed(e.Message); }
        return false;
    }

    public void Dispose() => _http.Dispose();
}
