using Microsoft.Extensions.Logging;

namespace Riq.Engine;

/// <summary>Every log event of the engine but the lifecycle line.</summary>
static partial class EngineLog
{
    [LoggerMessage(100, LogLevel.Information, "Connected to RabbitMQ for publishing.")]
    public static partial void PublisherConnected(this ILogger log);

    [LoggerMessage(101, LogLevel.Warning, "The publishing connection to RabbitMQ is gone; reconnecting. Accepted requests wait in the outbox.")]
    public static partial void PublisherDisconnected(this ILogger log);

    [LoggerMessage(102, LogLevel.Warning, "RabbitMQ does not answer ({Reason}); trying again. Accepted requests wait in the outbox.")]
    public static partial void BrokerAway(this ILogger log, string reason);

    [LoggerMessage(103, LogLevel.Warning, "RabbitMQ has not confirmed a message within {Seconds} s; giving the connection up and making a new one.")]
    public static partial void ConfirmMissing(this ILogger log, double seconds);

    [LoggerMessage(104, LogLevel.Debug, "A message to {Destination} was not confirmed ({Reason}); it is sent again.")]
    public static partial void NotConfirmed(this ILogger log, string destination, string reason);

    [LoggerMessage(105, LogLevel.Error, "Message {MessageId} can never be sent and is parked in the outbox: {Reason}")]
    public static partial void Parked(this ILogger log, Guid messageId, string reason);

    [LoggerMessage(106, LogLevel.Warning, "Postgres does not answer the outbox ({Reason}); trying again.")]
    public static partial void OutboxDatabaseAway(this ILogger log, string reason);

    [LoggerMessage(110, LogLevel.Warning, "Postgres does not take the {What} of {Token} ({Reason}); trying again until it does.")]
    public static partial void StoreAway(this ILogger log, string what, string token, string reason);

    [LoggerMessage(111, LogLevel.Warning, "The outcome of {Token} attempt {Attempt} came too late and was refused: the request has moved on.")]
    public static partial void FencedOff(this ILogger log, string token, int attempt);

    [LoggerMessage(112, LogLevel.Error, "Running {Token} threw; this is a fault of RIQ.")]
    public static partial void AdapterThrew(this ILogger log, Exception e, string token);

    [LoggerMessage(120, LogLevel.Information, "This process leads the sweepers now.")]
    public static partial void Leading(this ILogger log);

    [LoggerMessage(121, LogLevel.Warning, "Sweeper {Sweeper} failed ({Reason}); it runs again.")]
    public static partial void SweepFailed(this ILogger log, string sweeper, string reason);

    [LoggerMessage(122, LogLevel.Warning, "{Count} commands of {Queue} were lost at the broker and are sent again.")]
    public static partial void Resent(this ILogger log, int count, string queue);

    [LoggerMessage(123, LogLevel.Warning, "Queue {Queue} holds messages, this worker is idle and gets none; connecting its endpoint anew.")]
    public static partial void EndpointStuck(this ILogger log, string queue);

    [LoggerMessage(124, LogLevel.Warning, "The old endpoint of {Queue} did not stop in time; a new one is connected beside it.")]
    public static partial void EndpointNotStopped(this ILogger log, string queue);

    [LoggerMessage(167, LogLevel.Warning, "RabbitMQ is there, but the endpoint of {Queue} is not connected; connecting it anew.")]
    public static partial void EndpointNotConnected(this ILogger log, string queue);

    [LoggerMessage(173, LogLevel.Warning, "The bus did not stop within {Seconds} s and is left; its messages go back to their queues when the process ends.")]
    public static partial void BusNotStopped(this ILogger log, double seconds);

    [LoggerMessage(149, LogLevel.Warning, "The bus is stopped although not all of its endpoints were connected yet.")]
    public static partial void EndpointsNotSettled(this ILogger log);

    [LoggerMessage(125, LogLevel.Warning, "This process no longer leads the sweepers ({Reason}); trying to lead again.")]
    public static partial void LeadershipLost(this ILogger log, string reason);

    [LoggerMessage(126, LogLevel.Warning, "The lease of {Token} ended without an outcome; worker {Worker} has probably died.")]
    public static partial void LeaseLost(this ILogger log, string token, string? worker);

    [LoggerMessage(127, LogLevel.Information, "Shutting down: no new work; what is waiting here goes back to the queue.")]
    public static partial void ShuttingDown(this ILogger log);

    [LoggerMessage(128, LogLevel.Error, "Sweeper {Sweeper} threw; this is a fault of RIQ. It runs again.")]
    public static partial void SweepThrew(this ILogger log, Exception e, string sweeper);

    [LoggerMessage(129, LogLevel.Warning, "Postgres does not take this worker's progress ({Reason}); trying again.")]
    public static partial void ProgressNotFlushed(this ILogger log, string reason);

    [LoggerMessage(130, LogLevel.Warning, "Postgres does not answer the look-up of waited-for requests ({Reason}); trying again.")]
    public static partial void WakeUpsDatabaseAway(this ILogger log, string reason);

    [LoggerMessage(131, LogLevel.Warning, "The queue statistics could not be read ({Reason}); positions are estimated from older ones.")]
    public static partial void StatisticsAway(this ILogger log, string reason);

    [LoggerMessage(132, LogLevel.Warning, "The circuit of {Service} is open: nothing is called until {Until}; its requests wait in the queue.")]
    public static partial void CircuitIsOpen(this ILogger log, string service, string until);

    [LoggerMessage(133, LogLevel.Information, "The circuit of {Service} is closed: calls go through.")]
    public static partial void CircuitIsClosed(this ILogger log, string service);

    [LoggerMessage(134, LogLevel.Information, "{By} has paused {Service} until {Until}; its requests wait in the queue.")]
    public static partial void ServicePaused(this ILogger log, string by, string service, string until);

    [LoggerMessage(135, LogLevel.Information, "{Service} is no longer paused.")]
    public static partial void ServiceResumed(this ILogger log, string service);

    [LoggerMessage(136, LogLevel.Information, "Trying whether {Service} answers again.")]
    public static partial void TrialBegins(this ILogger log, string service);

    [LoggerMessage(137, LogLevel.Warning, "{Service} still fails ({Reason}); its circuit stays open.")]
    public static partial void TrialFailed(this ILogger log, string service, string reason);

    [LoggerMessage(138, LogLevel.Error, "The probe of {Service} threw; this is a fault of RIQ. It counts as no answer.")]
    public static partial void ProbeThrew(this ILogger log, Exception e, string service);

    [LoggerMessage(139, LogLevel.Warning, "The state of the services can't be read or changed ({Reason}); after a few seconds nothing is called until it can.")]
    public static partial void ServiceStateAway(this ILogger log, string reason);

    [LoggerMessage(140, LogLevel.Warning, "The endpoints of {Service} could not be stopped or started ({Reason}); trying again.")]
    public static partial void EndpointsNotTurned(this ILogger log, string service, string reason);

    [LoggerMessage(141, LogLevel.Warning, "The state of the services can't be read ({Reason}); answers do not say whether a service is held back.")]
    public static partial void ServiceStateUnknown(this ILogger log, string reason);

    [LoggerMessage(142, LogLevel.Warning, "{Service} asks not to be called until {Until} ({Reason}); its requests wait in the queue.")]
    public static partial void ServiceAsksToWait(this ILogger log, string service, DateTime until, string reason);

    [LoggerMessage(143, LogLevel.Warning, "Postgres does not take what {Service} said about its limits ({Reason}); trying again. This worker keeps to it meanwhile.")]
    public static partial void LimitNotStored(this ILogger log, string service, string reason);

    [LoggerMessage(144, LogLevel.Warning, "No tokens of the rate limit of {Service} can be had ({Reason}); nothing is called until they can.")]
    public static partial void NoTokens(this ILogger log, string service, string reason);

    [LoggerMessage(145, LogLevel.Error, "Leasing tokens of {Service} threw; this is a fault of RIQ. It is tried again.")]
    public static partial void LeasingThrew(this ILogger log, Exception e, string service);

    [LoggerMessage(146, LogLevel.Warning, "The other workers can't be heard of ({Reason}); this worker's share of the concurrency stays as it is.")]
    public static partial void WorkersAway(this ILogger log, string reason);

    [LoggerMessage(147, LogLevel.Warning, "Postgres does not say who waits in {Queue} ({Reason}); trying again. Until then clients take turns only among the messages that are here.")]
    public static partial void TurnsAway(this ILogger log, string queue, string reason);

    [LoggerMessage(148, LogLevel.Error, "Running {Token} in its client's turn threw; this is a fault of RIQ. Its command is still in the queue.")]
    public static partial void RunningAheadThrew(this ILogger log, Exception e, string token);

    [LoggerMessage(171, LogLevel.Warning, "The cache of reads can't be used at the moment ({Reason}); the service is asked instead.")]
    public static partial void CacheAway(this ILogger log, string reason);

    [LoggerMessage(172, LogLevel.Warning, "{Token} goes to its service alone: those that could go along were not to be had ({Reason}).")]
    public static partial void NoCompanions(this ILogger log, string token, string reason);

    [LoggerMessage(150, LogLevel.Information, "The access token of {Service} was renewed: generation {Generation}, it lives {Seconds} s.")]
    public static partial void TokenRefreshed(this ILogger log, string service, long generation, double seconds);

    [LoggerMessage(151, LogLevel.Warning, "The access token of {Service} could not be renewed ({Reason}); trying again.")]
    public static partial void RefreshFailed(this ILogger log, string service, string reason);

    [LoggerMessage(152, LogLevel.Error, "{Service} needs a new credential: {Reason} Its requests wait, none fails. Enter one: POST /api/queue/services/{Service}/grant.")]
    public static partial void NeedsReauth(this ILogger log, string service, string reason);

    [LoggerMessage(153, LogLevel.Warning, "Postgres does not take the new token of {Service} ({Reason}); trying again until it does.")]
    public static partial void GrantNotStored(this ILogger log, string service, string reason);

    [LoggerMessage(154, LogLevel.Warning, "The stored grant of {Service} could not be read ({Reason}).")]
    public static partial void GrantNotRead(this ILogger log, string service, string reason);

    [LoggerMessage(155, LogLevel.Information, "{Service} takes RIQ's credential again; {Count} waiting requests go on ({By}).")]
    public static partial void CredentialsBack(this ILogger log, string service, int count, string by);

    [LoggerMessage(156, LogLevel.Warning, "Postgres does not answer the look at the grants ({Reason}); trying again.")]
    public static partial void GrantsAway(this ILogger log, string reason);

    [LoggerMessage(157, LogLevel.Information, "Trying whether {Service} takes RIQ's credential now.")]
    public static partial void CredentialTried(this ILogger log, string service);

    [LoggerMessage(158, LogLevel.Information, "{Service} does not take RIQ's credential yet ({Reason}).")]
    public static partial void CredentialStillRefused(this ILogger log, string service, string reason);

    [LoggerMessage(159, LogLevel.Information, "Cleanup deleted {Count} old requests in {Seconds:0.0} s.")]
    public static partial void CleanedUp(this ILogger log, long count, double seconds);

    [LoggerMessage(160, LogLevel.Warning, "Message {MessageId} of riq.submit was refused ({Status}: {Title}).")]
    public static partial void SubmissionRefused(this ILogger log, string? messageId, int status, string title);

    [LoggerMessage(161, LogLevel.Warning, "The answer to {Address} could not be sent ({Reason}); what it says is stored all the same.")]
    public static partial void AnswerNotSent(this ILogger log, string address, string reason);

    [LoggerMessage(162, LogLevel.Warning, "Delivery {Attempt} of a callback to {Host} failed: {Reason}")]
    public static partial void CallbackFailed(this ILogger log, string host, int attempt, string reason);

    [LoggerMessage(163, LogLevel.Warning, "Postgres does not answer the callbacks ({Reason}); trying again.")]
    public static partial void CallbacksAway(this ILogger log, string reason);

    [LoggerMessage(164, LogLevel.Error, "Delivering callback {Id} threw; this is a fault of RIQ. It is tried again.")]
    public static partial void CallbackThrew(this ILogger log, Exception e, Guid id);

    [LoggerMessage(165, LogLevel.Warning, "The changes of requests can't be read ({Reason}); listeners hear of them later.")]
    public static partial void ChangesAway(this ILogger log, string reason);

    [LoggerMessage(166, LogLevel.Error, "Reading the changes of requests threw; this is a fault of RIQ. It is tried again.")]
    public static partial void ChangesThrew(this ILogger log, Exception e);

    [LoggerMessage(170, LogLevel.Warning, "{Count} requests were let go late: nobody had noticed that their reason to wait had passed.")]
    public static partial void ReleasedLate(this ILogger log, int count);

    [LoggerMessage(180, LogLevel.Warning, "The webhook for dead letters was not reached ({Reason}); trying again.")]
    public static partial void EscalationFailed(this ILogger log, string reason);

    [LoggerMessage(181, LogLevel.Information, "{Count} dead letters are archived.")]
    public static partial void Archived(this ILogger log, int count);

    [LoggerMessage(182, LogLevel.Error, "Dead letters could not be archived in {Folder} ({Reason}); none is deleted until they are.")]
    public static partial void ArchiveFailed(this ILogger log, string folder, string reason);
}
