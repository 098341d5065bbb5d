using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Execution;

/// <summary>
/// Lets requests that wait for the same kind of call go along with one that has been claimed. They come from Postgres at that
/// moment, the urgent ones first; their own messages claim nothing later. Each has its own claim, result, error and retry.
/// </summary>
sealed class BatchedCalls(ClaimStore claims, BatchRules rules, OperationCatalog catalog, ServiceViews services, QueueProgress progress, RiqOptions options, RequestLog requestLog,
    TimeProvider time, ILogger<BatchedCalls> log)
{
    /// <summary>Those that go along; none: the request goes alone.</summary>
    public async Task<IReadOnlyList<QueueRequest>> Companions(QueueRequest request)
    {
        if (rules.RoomWith(request) is not (> 0 and var room)) return [];
        try
        {
            var companions = await claims.Fill(request, room);
            foreach (var companion in companions)
            {
                progress.Claimed(companion);
                requestLog.Started(companion);
            }
            return companions;
        }
        // What was claimed all the same is taken over when its lease ends, like that of a worker that died.
        catch (Exception e) when (e is NpgsqlException or TimeoutException) { log.NoCompanions(request.Token, e.Message); return []; }
    }

    /// <summary>What the one call gave, for each of the requests.</summary>
    public async Task<object[]> Call(QueueRequest[] requests, TimeSpan leaseLeft)
    {
        var operations = Array.ConvertAll(requests, r => catalog.Find(r.Operation)!);
        var (settings, service) = (options.Of(requests[0].Service), services.Of(requests[0].Service));
        var timeout = settings.Timeout ?? operations.Max(o => o.Timeout);
        if (leaseLeft <= timeout) return Array.ConvertAll(requests, object (_) => new HandedBack("lease too short"));
        if (!service.MayCall) return Array.ConvertAll(requests, object (_) => service.Deferral());

        using var limit = new CancellationTokenSource(timeout, time);
        var results = await Execute(requests, operations, service, limit.Token);
        return [.. results.Select((r, i) => AttemptEnd.Of(r, operations[i], settings))];
    }

    async Task<IReadOnlyList<AdapterResult<JsonElement>>> Execute(QueueRequest[] requests, OperationDeclaration[] operations, ServiceView service, CancellationToken limit)
    {
        var payloads = Array.ConvertAll(requests, r => JsonDocument.Parse(r.Payload));
        try
        {
            var generation = service.Generation;
            var results = await catalog.AdapterOf(operations[0]).ExecuteMany(
                [.. requests.Select((r, i) => new OperationCall(operations[i], payloads[i].RootElement, r.Token) { UnclearFrom = r.UnclearFrom })], limit);
            if (results.Count != requests.Length) throw new InvalidOperationException($"{results.Count} results for {requests.Length} calls.");
            // One call, one sample: a service that answered one of them works.
            service.Ended(generation, results.FirstOrDefault(r => ServiceView.IsFailure(r) == false) ?? results[0]);
            return results;
        }
        catch (Exception e)
        {
            log.AdapterThrew(e, requests[0].Token);
            return Array.ConvertAll(requests, _ => AttemptEnd.Fault<JsonElement>());
        }
        finally
        {
            foreach (var payload in payloads) payload.Dispose();
        }
    }
}
