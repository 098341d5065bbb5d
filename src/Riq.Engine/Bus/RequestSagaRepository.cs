using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Saga;
using Npgsql;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Bus;

/// <summary>
/// Where MassTransit's saga pipeline finds requests for commands that come over the bus: the row is locked, the machine
/// runs, and its decision is stored by the same statement as everybody else's, in one transaction.
/// </summary>
sealed class RequestSagaRepository(Database database, TransitionStore store, RequestLog log, CommandAnswers answers) : ISagaRepositoryContextFactory<QueueRequest>
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<QueueRequest, T>> next) where T : class
    {
        await using var connection = await database.Plain.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        var unit = new UnitOfWork(connection, store);
        await next.Send(new RepositoryContext<T>(unit, context));
        await transaction.CommitAsync(CancellationToken.None);
        if (unit.Stored is { } changed) log.Changed(changed, changed.Pending!, null);
        await answers.Send(context, unit.Loaded, unit.Stored is not null);
    }

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<QueueRequest> query, IPipe<SagaRepositoryQueryContext<QueueRequest, T>> next) where T : class =>
        throw new NotSupportedException("Commands name one request by its token; there are no commands by query.");

    public void Probe(ProbeContext context) => context.Add("persistence", "postgres");

    /// <summary>One command's connection and what it has stored.</summary>
    sealed class UnitOfWork(NpgsqlConnection connection, TransitionStore store)
    {
        const string LockSql = $"select {RequestRow.Columns} from queue_requests r where r.id = $1 for update";

        public QueueRequest? Loaded { get; private set; }
        public QueueRequest? Stored { get; private set; }

        public async Task<QueueRequest?> Load(Guid id, CancellationToken cancellation) =>
            Loaded = (await new NpgsqlCommand(LockSql, connection).With(id).List(RequestRow.Read, cancellation)).SingleOrDefault();

        public async Task Save(QueueRequest request)
        {
            if (request.Pending is null) return;   // the machine had no use for the command
            var saved = await store.Save([request], [TransitionStore.CommandOf(request, Guid.CreateVersion7())], reserved: false, connection);
            if (saved.Changes[0].Stored) Stored = request;
        }
    }

    sealed class RepositoryContext<T>(UnitOfWork unit, ConsumeContext<T> context)
        : ConsumeContextScope<T>(context), SagaRepositoryContext<QueueRequest, T> where T : class
    {
        static readonly SagaConsumeContextFactory<UnitOfWork, QueueRequest> Contexts = new();
        readonly ConsumeContext<T> _context = context;

        public async Task<SagaConsumeContext<QueueRequest, T>> Load(Guid correlationId) =>
            await unit.Load(correlationId, CancellationToken) is { } request ? await CreateSagaConsumeContext(_context, request, SagaConsumeContextMode.Load) : null!;

        public Task Update(SagaConsumeContext<QueueRequest> context) => unit.Save(context.Saga);

        public Task Discard(SagaConsumeContext<QueueRequest> context) => Task.CompletedTask;
        public Task Undo(SagaConsumeContext<QueueRequest> context) => Task.CompletedTask;

        public Task<SagaConsumeContext<QueueRequest, TMessage>> CreateSagaConsumeContext<TMessage>(ConsumeContext<TMessage> consume, QueueRequest saga, SagaConsumeContextMode mode) where TMessage : class =>
            Contexts.CreateSagaConsumeContext(unit, consume, saga, mode);

        // Requests are born by submission and leave by cleanup, never by a command.
        public Task<SagaConsumeContext<QueueRequest, T>> Add(QueueRequest saga) => throw Unsupported();
        public Task<SagaConsumeContext<QueueRequest, T>> Insert(QueueRequest saga) => throw Unsupported();
        public Task Save(SagaConsumeContext<QueueRequest> context) => throw Unsupported();
        public Task Delete(SagaConsumeContext<QueueRequest> context) => throw Unsupported();

        static NotSupportedException Unsupported() => new("Commands neither create nor delete requests.");
    }
}
