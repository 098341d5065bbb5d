using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Saga;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Bus;

/// <summary>
/// Where MassTransit's saga pipeline finds requests for commands that come over the bus: the machine runs on the row as it is,
/// and its decision is stored by the same statements as everybody else's. When the row has moved on meanwhile, it runs again.
/// </summary>
sealed class RequestSagaRepository(Database database, TransitionWriter writer, CommandAnswers answers) : ISagaRepositoryContextFactory<QueueRequest>
{
    const int MostTries = 5;

    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<QueueRequest, T>> next) where T : class
    {
        var unit = new UnitOfWork(database, writer);
        for (var tries = 0; tries < MostTries; tries++)
        {
            unit = new UnitOfWork(database, writer);
            await next.Send(new RepositoryContext<T>(unit, context));
            if (!unit.MovedOn) break;
        }
        await answers.Send(context, unit.Loaded, unit.IsStored);
    }

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<QueueRequest> query, IPipe<SagaRepositoryQueryContext<QueueRequest, T>> next) where T : class =>
        throw new NotSupportedException("Commands name one request by its token; there are no commands by query.");

    public void Probe(ProbeContext context) => context.Add("persistence", "postgres");

    /// <summary>One try of one command.</summary>
    sealed class UnitOfWork(Database database, TransitionWriter writer)
    {
        const string LoadSql = $"select {RequestRow.Columns} from queue_requests r where r.id = $1";

        public QueueRequest? Loaded { get; private set; }
        public bool IsStored { get; private set; }
        public bool MovedOn { get; private set; }

        public async Task<QueueRequest?> Load(Guid id, CancellationToken cancellation) =>
            Loaded = (await database.Hot.CreateCommand(LoadSql).With(id).List(RequestRow.Read, cancellation)).SingleOrDefault();

        public async Task Save(QueueRequest request)
        {
            if (request.Pending is null) return;   // the machine had no use for the command
            IsStored = await writer.Write(request);
            MovedOn = !IsStored;
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
