using Riq.Engine.Batching;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Execution;

/// <summary>Puts deliveries back that this worker took from RabbitMQ and will not run: loads the instances, lets the machine move them, stores them.</summary>
sealed class HandBackStore
{
    const string LoadSql = $"""
        select {RequestRow.Columns} from queue_requests r join unnest($1::uuid[], $2::int[]) as t(id, attempt) on r.id = t.id
        where r.attempt = t.attempt and r.status = 'queued'
        """;

    readonly Database _database;
    readonly RequestLife _life;
    readonly TransitionWriter _writer;
    readonly GroupCommit<(ExecuteRequest Command, HandedBack Why), bool> _batch;

    public HandBackStore(Database database, RequestLife life, TransitionWriter writer)
    {
        (_database, _life, _writer) = (database, life, writer);
        _batch = new(Run);
    }

    public Task HandBack(ExecuteRequest command, HandedBack why) => _batch.Add((command, why));

    async Task<bool[]> Run((ExecuteRequest Command, HandedBack Why)[] batch)
    {
        var why = batch.DistinctBy(b => b.Command.RequestId).ToDictionary(b => b.Command.RequestId, b => b.Why);
        var requests = await _database.Hot.CreateCommand(LoadSql)
            .With(Array.ConvertAll(batch, b => b.Command.RequestId)).With(Array.ConvertAll(batch, b => b.Command.Attempt)).List(RequestRow.Read);
        await Task.WhenAll(requests.DistinctBy(r => r.CorrelationId).Select(async r =>
        {
            if (await _life.Raise(r, _life.Machine.HandedBack, why[r.CorrelationId])) await _writer.Write(r);
        }));
        return new bool[batch.Length];
    }
}
