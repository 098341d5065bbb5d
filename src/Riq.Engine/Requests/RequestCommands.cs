using Npgsql;
using Riq.Engine.Order;
using Riq.Engine.Storage;

namespace Riq.Engine.Requests;

/// <summary>What became of a command about a request.</summary>
enum CommandOutcome { Done, NotFound, Refused }

/// <summary>Commands that come over REST: the same machine and the same store as everybody's.</summary>
sealed class RequestCommands(Database database, RequestLife life, TransitionWriter writer)
{
    const string LoadSql = $"select {RequestRow.Columns} from queue_requests r where r.id = $1";
    const int MostTries = 5;

    // Nothing refers to a dead letter; its command, if one is left, would claim nothing.
    const string RemoveSql = $"""
        with gone as (delete from queue_requests where id = $1 and status = 'dead' returning id, client_id),
        {RequestRemoval.Followers},
        audited as (insert into audit_entries(by, action, target, client_id) select $2, 'dead_letter_deleted', 'req_' || replace(id::text, '-', ''), client_id from gone)
        select id from gone
        """;

    /// <summary>Calls a queued request off. <paramref name="clientId"/>: whose request it must be; null for an operator.</summary>
    public Task<CommandOutcome> Cancel(Guid id, string? clientId, string by) => Run(id, clientId, r => life.Raise(r, life.Machine.Cancelled, new Cancelled(by)));

    /// <summary>Runs a dead letter again, with another payload if one is given; never one whose outcome is unknown.</summary>
    public Task<CommandOutcome> Retry(Guid id, string by, string? payload) => Run(id, null, async r =>
        r.Status == RequestStatus.Dead && !RequestStateMachine.HasUnknownOutcome(r) && await life.Raise(r, life.Machine.RetryRequested, new RetryRequested(by) { Payload = payload }));

    /// <summary>Completes a dead letter with a result (JSON) that somebody found; <paramref name="result"/> is asked for the request's present error.</summary>
    public Task<CommandOutcome> Adopt(Guid id, string by, Func<string?, string> result) =>
        Run(id, null, r => life.Raise(r, life.Machine.Adopted, new Adopted(result(r.Error), by)));

    /// <summary>Runs a dead letter again without looking for an effect first.</summary>
    public Task<CommandOutcome> SendAgain(Guid id, string by) => Run(id, null, r => life.Raise(r, life.Machine.SentAgain, new SentAgain(by)));

    /// <summary>Gives a dead letter up: it is failed from then on.</summary>
    public Task<CommandOutcome> Abandon(Guid id, string by) => Run(id, null, r => life.Raise(r, life.Machine.Abandoned, new Abandoned(by)));

    /// <summary>Deletes a dead letter with all that is known of it.</summary>
    public async Task<CommandOutcome> Remove(Guid id, string by)
    {
        if (await Load(id) is not { } request) return CommandOutcome.NotFound;
        return await Remove(request, by) ? CommandOutcome.Done : CommandOutcome.Refused;
    }

    // It may have held back later writes to its entity.
    async Task<bool> Remove(QueueRequest request, string by)
    {
        await using var batch = database.Plain.CreateBatch();
        if (request.LaneSeq is not null) batch.BatchCommands.Add(LaneStatements.Lock([request.LaneKey!], []));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(RemoveSql).With(request.CorrelationId).With(by));
        if (request.LaneSeq is not null) batch.BatchCommands.Add(LaneStatements.Advance([request.LaneKey!], TimeSpan.Zero));
        return (await batch.List(r => r.FieldCount)).Contains(1);
    }

    async Task<CommandOutcome> Run(Guid id, string? clientId, Func<QueueRequest, Task<bool>> raise)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var request = await Load(id);
            if (request is null || clientId is not null && request.ClientId != clientId) return CommandOutcome.NotFound;
            if (!await raise(request)) return CommandOutcome.Refused;
            if (await writer.Write(request)) return CommandOutcome.Done;
            // It moved on between reading and writing: look again.
        }
        return CommandOutcome.Refused;
    }

    async Task<QueueRequest?> Load(Guid id) => (await database.Hot.CreateCommand(LoadSql).With(id).List(RequestRow.Read)).SingleOrDefault();
}
