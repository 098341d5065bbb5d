using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Riq.Engine.Bus;

namespace Riq.Engine.Outbox;

/// <summary>
/// One connection to RabbitMQ for publishing with confirms. It declares the queue before the first command to it and
/// again after a return, so that deleting a queue in the management UI loses nothing. A connection that stops confirming
/// is given up and made anew, whatever it says about its own health.
/// </summary>
sealed class BrokerPublisher(RiqOptions options, TimeProvider time, ILogger<BrokerPublisher> log) : BackgroundService
{
    const int MostUnconfirmed = 100;
    static readonly TimeSpan ReconnectDelay = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan LongestReconnectDelay = TimeSpan.FromSeconds(5);

    volatile Link? _link;
    volatile string? _problem;

    /// <summary>Whether there is a connection that has not failed yet.</summary>
    public bool IsConnected => _link is not null;

    /// <summary>Why there is none, for a log; null while there is one.</summary>
    public string? Problem => IsConnected ? null : _problem ?? "no answer yet";

    /// <summary>Ends when the broker has confirmed the message; throws when it has not, for whatever reason.</summary>
    public Task Publish(OutboxMessage message) => Publish(message, mustArrive: false);

    async Task Publish(OutboxMessage message, bool mustArrive)
    {
        var link = _link ?? throw new BrokerAwayException();
        if (!Destinations.TryParse(message.Destination, out var isQueue, out var name)) throw new UnsendableException($"'{message.Destination}' is no destination.");
        try
        {
            await (isQueue ? link.ToQueue(name, message) : link.ToExchange(name, message, mustArrive)).WaitAsync(options.ConfirmTimeout, time);
        }
        catch (PublishException e) when (e.IsReturn)
        {
            if (isQueue) link.Forget(name);   // the queue is gone: declared anew by the next send
            throw;
        }
        catch (TimeoutException)
        {
            log.ConfirmMissing(options.ConfirmTimeout.TotalSeconds);
            Drop(link);
            throw;
        }
        catch (Exception e) when (e is AlreadyClosedException or OperationInterruptedException or ObjectDisposedException)
        {
            link.Forget(name);
            if (!link.IsOpen) Drop(link);
            throw;
        }
    }

    /// <summary>
    /// Publishes events of one kind, confirmed like everything else. False when nobody listens: then only the first one was sent, and it came back.
    /// </summary>
    public async Task<bool> PublishEvents(IReadOnlyList<OutboxMessage> events)
    {
        try { await Publish(events[0], mustArrive: true); }
        catch (PublishException e) when (e.IsReturn) { return false; }
        foreach (var batch in events.Skip(1).Chunk(MostUnconfirmed)) await Task.WhenAll(batch.Select(Publish));
        return true;
    }

    /// <summary>Sends an answer to a queue of another program. Throws when there is no such queue, or when RabbitMQ does not confirm.</summary>
    public Task Reply(string queue, string? correlationId, string type, byte[] json) =>
        (_link ?? throw new BrokerAwayException()).Reply(queue, correlationId, type, json).WaitAsync(options.ConfirmTimeout, time);

    /// <summary>Messages that wait in the queue for a consumer, not counting those that a worker holds; null when there is no such queue. Throws when the broker is away.</summary>
    public async Task<long?> CountReady(string queue) =>
        await (_link ?? throw new BrokerAwayException()).CountReady(queue).WaitAsync(options.ConfirmTimeout, time);

    /// <summary>Whether the exception means that RabbitMQ is away, and not that RIQ is at fault.</summary>
    public static bool IsOutage(Exception e) =>
        e is BrokerAwayException or BrokerUnreachableException or OperationInterruptedException or IOException or TimeoutException or AlreadyClosedException or ObjectDisposedException;

    /// <summary>Whether RabbitMQ's client gave up a connection or a channel: not what a consumer's own work may throw.</summary>
    public static bool IsOfConnection(Exception e) => e is RabbitMQClientException or BrokerUnreachableException or ObjectDisposedException;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var delay = ReconnectDelay;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var link = await Link.Open(options, stop);
                _link = link;
                delay = ReconnectDelay;
                log.PublisherConnected();
                await link.Closed.WaitAsync(stop);
                log.PublisherDisconnected();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
            catch (Exception e) when (IsOutage(e) || e is OperationCanceledException)
            {
                _problem = Reasons.Of(e);
                log.BrokerAway(_problem);
            }
            finally { _link = null; }
            await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < LongestReconnectDelay ? delay * 2 : LongestReconnectDelay;
        }
    }

    void Drop(Link link)
    {
        if (ReferenceEquals(_link, link)) _link = null;
        link.Abandon();
    }

    /// <summary>An open connection with its channels and what it has declared so far.</summary>
    sealed class Link : IAsyncDisposable
    {
        readonly IConnection _connection;
        readonly IChannel _publishing;
        readonly bool _quorum;
        readonly SemaphoreSlim _oneDeclaration = new(1, 1);
        readonly HashSet<string> _declared = [];
        readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        Link(IConnection connection, IChannel publishing, bool quorum)
        {
            (_connection, _publishing, _quorum) = (connection, publishing, quorum);
            connection.ConnectionShutdownAsync += (_, _) => { _closed.TrySetResult(); return Task.CompletedTask; };
            // A channel closes on a protocol error (an exchange that is gone); a fresh link starts clean.
            publishing.ChannelShutdownAsync += (_, _) => { _closed.TrySetResult(); return Task.CompletedTask; };
        }

        public Task Closed => _closed.Task;
        public bool IsOpen => _connection.IsOpen && _publishing.IsOpen && !_closed.Task.IsCompleted;

        public static async Task<Link> Open(RiqOptions options, CancellationToken cancellation)
        {
            var broker = options.Broker;
            var factory = new ConnectionFactory
            {
                Uri = broker.Nodes[0], AutomaticRecoveryEnabled = false, RequestedHeartbeat = TimeSpan.FromSeconds(10), RequestedConnectionTimeout = BrokerAddress.ConnectLimit,
            };
            // Tried in any order, so that the processes spread over the nodes.
            var connection = await factory.CreateConnectionAsync([.. broker.Places.Select(p => new AmqpTcpEndpoint(p.Host, p.Port, Ssl(broker, p.Host)))], $"riq-outbox {options.Worker}", cancellation);
            var publishing = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null), cancellation);
            return new(connection, publishing, options.QuorumQueues);
        }

        // Taken from an amqps address, the client bears a certificate for another host's name.
        static SslOption Ssl(BrokerAddress broker, string host) => new(host, enabled: broker.IsTls) { AcceptablePolicyErrors = SslPolicyErrors.None, Version = SslProtocols.None };

        public async Task ToQueue(string queue, OutboxMessage message)
        {
            await Declare(queue, channel => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, _quorum ? new Dictionary<string, object?> { ["x-queue-type"] = "quorum" } : null));
            await _publishing.BasicPublishAsync("", queue, mandatory: true, Properties(message), message.Body);
        }

        public async Task ToExchange(string exchange, OutboxMessage message, bool mandatory = false)
        {
            await Declare(exchange, channel => channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true));
            await _publishing.BasicPublishAsync(exchange, "", mandatory, Properties(message), message.Body);
        }

        public async Task Reply(string queue, string? correlationId, string type, byte[] json)
        {
            // RabbitMQ's direct reply-to is no queue: what must arrive there would come back.
            var mandatory = !queue.StartsWith("amq.rabbitmq.reply-to", StringComparison.Ordinal);
            await _publishing.BasicPublishAsync("", queue, mandatory, new BasicProperties { ContentType = "application/json", Type = type, CorrelationId = correlationId }, json);
        }

        public async Task<long?> CountReady(string queue)
        {
            // A channel of its own: asking for a queue that is not there closes the channel.
            await using var channel = await _connection.CreateChannelAsync();
            try { return (await channel.QueueDeclarePassiveAsync(queue)).MessageCount; }
            catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404) { return null; }
        }

        public void Forget(string name) { lock (_declared) _declared.Remove(name); }

        public void Abandon() => _closed.TrySetResult();

        async Task Declare(string name, Func<IChannel, Task> declare)
        {
            lock (_declared) if (_declared.Contains(name)) return;
            await _oneDeclaration.WaitAsync();
            try
            {
                lock (_declared) if (_declared.Contains(name)) return;
                // A channel of its own: a refusal (reserved name, other arguments) closes it, and must not take the other messages with it.
                await using var channel = await _connection.CreateChannelAsync();
                await declare(channel);
                lock (_declared) _declared.Add(name);
            }
            finally { _oneDeclaration.Release(); }
        }

        static BasicProperties Properties(OutboxMessage message) => new()
        {
            DeliveryMode = DeliveryModes.Persistent, ContentType = Envelope.ContentType, MessageId = message.MessageId.ToString(),
        };

        public async ValueTask DisposeAsync()
        {
            _closed.TrySetResult();
            // Abort: the broker may no longer answer, and nothing that was confirmed depends on a polite goodbye.
            await _connection.AbortAsync(TimeSpan.FromSeconds(2));
            await _connection.DisposeAsync();
        }
    }
}

/// <summary>There is no connection to RabbitMQ at the moment; the message stays in the outbox.</summary>
sealed class BrokerAwayException() : Exception("RabbitMQ is away; the message stays in the outbox and is sent when it is back.");

/// <summary>The message itself can never be sent; it is parked where operators see it.</summary>
sealed class UnsendableException(string message) : Exception(message);
