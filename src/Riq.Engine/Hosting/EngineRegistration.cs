using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Riq.Contracts;
using Riq.Engine.Audit;
using Riq.Engine.Bus;
using Riq.Engine.Callbacks;
using Riq.Engine.Cleanup;
using Riq.Engine.DeadLetters;
using Riq.Engine.Execution;
using Riq.Engine.Gate;
using Riq.Engine.Observability;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Reads;
using Riq.Engine.Recovery;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Security;
using Riq.Engine.Statistics;
using Riq.Engine.Storage;
using Riq.Engine.Submission;
using Riq.Engine.Sweepers;
using Riq.Engine.Timeline;
using Riq.Engine.Tokens;

namespace Riq.Engine.Hosting;

/// <summary>
/// Puts the engine into a host. The order of the hosted services matters: they stop in the reverse order, so the outbox
/// is still there while the last outcomes are stored.
/// </summary>
public static class EngineRegistration
{
    /// <summary>What an API process needs: submission, results, the outbox, and the bus for wake-ups.</summary>
    public static IServiceCollection AddRiqApiEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddEngine(configuration);
        services.AddSingleton<SubmissionStore>();
        services.AddSingleton<LaneSubmissionStore>();
        services.AddSingleton<DependentSubmissionStore>();
        services.AddSingleton(p => new SubmissionReader(p.GetRequiredService<OperationCatalog>(), p.GetRequiredService<CallbackRules>()));
        services.AddSingleton<BatchReader>();
        services.AddSingleton<ReadCache>();
        services.AddSingleton<Submitter>();
        services.AddSingleton<BusSubmission>();
        services.AddSingleton<RefusedSubmissions>();
        services.AddSingleton<SubmissionAnswers>();
        services.AddSingleton<SubmitConsumer>();
        services.AddSingleton<Quotas>();
        services.AddSingleton<Waiters>();
        services.AddSingleton<RequestResults>();
        services.AddSingleton<RequestReader>();
        services.AddSingleton<RelationReader>();
        services.AddSingleton<RequestCommands>();
        services.AddSingleton<RetryWithDependents>();
        services.AddSingleton<DeadLetterReader>();
        services.AddSingleton<GroupNotes>();
        services.AddSingleton<BulkStore>();
        services.AddSingleton<AuditReader>();
        services.AddSingleton<QueueStatistics>();
        services.AddSingleton<HistoryReader>();
        services.AddSingleton<WaitReasons>();
        services.AddSingleton<ServiceStates>();
        services.AddSingleton<ServiceCommands>();
        services.AddSingleton<BackupRecovery>();
        services.AddSingleton<LiveChanges>();
        services.AddHostedService(p => p.GetRequiredService<LiveChanges>());
        services.AddApiBus();
        services.AddHostedService<LostWakeUps>();
        return services;
    }

    /// <summary>What a worker process needs: execution behind the gates, the command endpoint, and the sweepers.</summary>
    public static IServiceCollection AddRiqWorkerEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddEngine(configuration);
        services.AddSingleton<ClaimStore>();
        services.AddSingleton<QueueProgress>();
        services.AddSingleton<HandBackStore>();
        services.AddSingleton<PayloadResolver>();
        services.AddSingleton<KeptAnswers>();
        services.AddSingleton<StaleAnswers>();
        services.AddSingleton<SharedReads>();
        services.AddSingleton<EqualReads>();
        services.AddSingleton<StorePatience>();
        services.AddSingleton<AttemptCalls>();
        services.AddSingleton<FillStore>();
        services.AddSingleton<BatchedCalls>();
        services.AddSingleton<Executor>();
        services.AddSingleton<CommandAnswers>();
        services.AddSingleton<RequestSagaRepository>();
        services.AddSingleton<CallMeters>();
        services.AddHostedService<WorkerShares>();   // before the bus: a worker that stops keeps its share until its calls have ended
        services.AddSingleton<WaitingClients>();
        services.AddHostedService<ClientTurns>();   // before the bus: deliveries are handed back before its calls are waited for
        services.AddWorkerBus();
        services.AddSingleton<WorkEndpoints>();
        services.AddSingleton<ServiceViews>();
        services.AddSingleton<LimitReports>();
        services.RemoveAll<ICallBudget>();
        services.AddSingleton<ICallBudget, CallBudget>();
        services.AddHostedService<LimitReporter>();
        services.AddHostedService<ServiceWatch>();   // before the endpoints: the gates hold until the services' state is known
        services.AddHostedService(p => p.GetRequiredService<WorkEndpoints>());
        services.AddHostedService<EndpointWatchdog>();
        services.AddHostedService<ProgressFlush>();
        services.AddSingleton<CallbackClient>();
        services.AddHostedService<CallbackDispatcher>();
        services.AddSweepers();
        services.AddHostedService<Leader>();
        return services;
    }

    static void AddSweepers(this IServiceCollection services)
    {
        services.AddSingleton<Leadership>();
        services.AddSingleton<ISweeper, LeaseSweeper>();
        services.AddSingleton<ISweeper, ExpirySweeper>();
        services.AddSingleton<ISweeper, LostMessageSweeper>();
        services.AddSingleton<ISweeper, ReleaseSweeper>();
        services.AddSingleton<ISweeper, StatisticsSweeper>();
        services.AddSingleton<ISweeper, HistorySweeper>();
        services.AddSingleton<BulkStore>();
        services.AddSingleton<BulkItems>();
        services.AddSingleton<ISweeper, BulkSweeper>();
        services.AddSingleton<ISweeper, RecoverySweeper>();
        services.AddSingleton<ISweeper, EscalationSweeper>();
        services.AddSingleton<ISweeper, ArchiveSweeper>();
        services.AddSingleton<ISweeper, CleanupSweeper>();
        services.AddSingleton<ISweeper, ErrorQueueSweeper>();
        services.AddSingleton<ISweeper, CacheSweeper>();
        services.AddSingleton<ISweeper, ChangedTagSweeper>();
        services.AddSingleton<ISweeper, StaleReadSweeper>();
        services.AddSingleton<EventCursor>();
        services.AddSingleton<ISweeper, EventSweeper>();
    }

    static void AddEngine(this IServiceCollection services, IConfiguration configuration)
    {
        // Longer than the bus's own limit, so that a shutdown is never cut off while work is handed back.
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(35));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(RiqOptions.Read(configuration));
        services.AddSingleton(p => new Database(p.GetRequiredService<RiqOptions>().Postgres));
        services.AddSingleton<OperationCatalog>();
        services.AddSingleton(p => Schedules(p.GetRequiredService<RiqOptions>()));
        services.AddSingleton<RequestStateMachine>();
        services.AddSingleton<RequestLife>();
        services.AddSingleton<RequestLog>();
        services.AddSingleton<Gates>();
        services.AddSingleton<ServiceStateStore>();
        services.AddSingleton<LaneChanges>();
        services.AddSingleton<DependencyStore>();
        services.AddSingleton<Dependents>();
        services.AddSingleton(p => p.GetRequiredService<RiqOptions>().Callbacks.Rules());
        services.AddSingleton<CallbackStore>();
        services.AddSingleton<IStoredWithChange, CallbackQueue>();
        services.AddSingleton<ChangeReader>();
        services.AddSingleton<IStoredWithChange, AuditedChanges>();
        services.AddSingleton<ReadRules>();
        services.AddSingleton<BatchRules>();
        services.AddSingleton<IStoredWithChange, ChangedTags>();   // last: it locks rows that everybody changes
        services.AddSingleton<WorkerStore>();
        services.AddSingleton<TransitionStore>();
        services.AddSingleton<TransitionWriter>();
        services.AddSingleton<Cleaner>();
        services.AddSingleton<OutboxStore>();
        services.AddSingleton<BrokerPublisher>();
        services.AddSingleton<OutboxRelay>();
        services.AddTokens();
        services.AddHostedService(p => p.GetRequiredService<BrokerPublisher>());
        services.AddHostedService(p => p.GetRequiredService<OutboxRelay>());
        services.AddSingleton<ErrorQueues>();
        services.AddSingleton<UnreadableMessages>();
        services.AddHostedService(p => p.GetRequiredService<UnreadableMessages>());
        services.AddHostedService<GracefulShutdown>();
    }

    // In place of the adapters' own source, which knows configured credentials only.
    static void AddTokens(this IServiceCollection services)
    {
        services.AddSingleton(p => new TokenCipher(p.GetRequiredService<RiqOptions>().Encryption));
        services.AddSingleton<GrantStore>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<WaitingRequests>();
        services.AddSingleton<TokenManager>();
        services.RemoveAll<ICredentialSource>();
        services.AddSingleton<ICredentialSource>(p => p.GetRequiredService<TokenManager>());
        services.AddHostedService<GrantWatch>();
    }

    static RetrySchedules Schedules(RiqOptions options) =>
        new(options.Services.ToDictionary(s => s.Key, s => new RetrySchedule(s.Value.RetryBaseDelay, s.Value.RetryMaxDelay), StringComparer.OrdinalIgnoreCase), Random.Shared.NextDouble);
}
