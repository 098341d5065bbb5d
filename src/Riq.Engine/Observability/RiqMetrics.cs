using Prometheus;

namespace Riq.Engine.Observability;

/// <summary>Every instrument of RIQ, with its unit and meaning.</summary>
public static class RiqMetrics
{
    static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

    internal static readonly Counter OutboxSent = Metrics.CreateCounter("riq_outbox_sent_total", "Messages that RabbitMQ has confirmed.");
    internal static readonly Counter OutboxFailures = Metrics.CreateCounter("riq_outbox_failures_total", "Publications that RabbitMQ did not confirm; each is repeated.");
    internal static readonly Gauge OutboxPending = Metrics.CreateGauge("riq_outbox_pending", "Rows in the outbox. Exported by the leading worker.");
    internal static readonly Gauge OutboxDelay = Metrics.CreateGauge("riq_outbox_delay_seconds", "How long the oldest due row of the outbox has waited. Exported by the leading worker.");
    internal static readonly Gauge Depth = Metrics.CreateGauge("riq_queue_depth", "Requests that wait. Exported by the leading worker.", "service", "priority");
    internal static readonly Gauge OldestQueued = Metrics.CreateGauge("riq_oldest_queued_seconds", "Age of the oldest waiting request. Exported by the leading worker.", "service");
    internal static readonly Gauge DeadLetters = Metrics.CreateGauge("riq_dead_letters", "Requests with status dead. Exported by the leading worker.", "service");
    internal static readonly Gauge ErrorQueueMessages = Metrics.CreateGauge("riq_error_queue_messages", "Messages that nobody could read, by queue. Exported by the process that met them, and by the leading worker for those found later.", "queue");
    internal static readonly Gauge BusQueueMessages = Metrics.CreateGauge("riq_bus_queue_messages", "Messages that wait in a queue of submissions or commands, as each process that consumes it last saw.", "queue");
    internal static readonly Gauge BusQueueStalled = Metrics.CreateGauge("riq_bus_queue_stalled_seconds", "How long messages have been waiting in the queue without one being taken or finished by this process; 0 when none waits.", "queue");
    internal static readonly Gauge BusEndpointReady = Metrics.CreateGauge("riq_bus_endpoint_ready", "1 while this process consumes the queue, else 0; queue events: what wakes the clients that wait.", "queue");
    internal static readonly Gauge SweeperSuccess = Metrics.CreateGauge("riq_sweeper_last_success_timestamp_seconds", "When the sweeper last ended without error (Unix time).", "sweeper");
    internal static readonly Gauge CircuitStatus = Metrics.CreateGauge("riq_circuit_breaker_status", "1 closed, 0.5 half-open, 0 open; as each worker knows it.", "service");
    internal static readonly Gauge RateTokens = Metrics.CreateGauge("riq_rate_tokens", "Calls that the rate limit permits at once, of all workers together; absent while there is no limit. As each worker knows it.", "service");
    internal static readonly Gauge ConcurrencyLimit = Metrics.CreateGauge("riq_concurrency_limit", "Calls at the same time that this worker permits itself; the sum over the workers is the account's.", "service");
    internal static readonly Counter TokenRefreshes = Metrics.CreateCounter("riq_token_refreshes_total", "Refreshes of access tokens: ok, lost (no answer, sent again), failed, refused, superseded (another process was first).", "service", "outcome");
    internal static readonly Gauge TokenExpires = Metrics.CreateGauge("riq_token_expires_timestamp_seconds", "When the access token ends (Unix time).", "service");
    internal static readonly Gauge NeedsReauth = Metrics.CreateGauge("riq_needs_reauth", "1 while the service takes no credential that RIQ has, else 0.", "service");
    internal static readonly Counter RefusedSubmissions = Metrics.CreateCounter("riq_refused_submissions_total", "Submissions over the bus that were refused, by the status that REST has for the same.", "status");
    internal static readonly Counter CallbackDeliveries = Metrics.CreateCounter("riq_callback_deliveries_total", "Calls of callback URLs: delivered, retried, failed (given up), gone (410).", "outcome");
    internal static readonly Counter EventsPublished = Metrics.CreateCounter("riq_events_published_total", "Events about requests that RabbitMQ has taken for a listener.", "event");
    internal static readonly Gauge Listeners = Metrics.CreateGauge("riq_event_listeners", "Open streams of server-sent events in this process.");
    internal static readonly Counter Requests = Metrics.CreateCounter("riq_requests_total", "Requests that ended.", "service", "operation", "status");
    internal static readonly Counter Errors = Metrics.CreateCounter("riq_errors_total", "Attempts that ended with an error.", "service", "code");
    internal static readonly Counter Routing = Metrics.CreateCounter("riq_routing_total", "Accepted requests by their way: QUEUED through RabbitMQ to a worker; CACHED answered at once.", "path");
    internal static readonly Counter CacheRequests = Metrics.CreateCounter("riq_cache_requests_total", "Reads by what the cache did for them: hit, miss, bypass (fresh, or not comparable), shared (ended with an equal read's call), stale (an older answer in place of an error).", "outcome");
    internal static readonly Counter BatchedRequests = Metrics.CreateCounter("riq_batched_requests_total", "Requests that went to the service together with others.", "service", "operation");
    internal static readonly Counter BatchedCalls = Metrics.CreateCounter("riq_batched_calls_total", "Calls for several requests; riq_batched_requests_total less this is what was saved.", "service");
    internal static readonly Counter Retries = Metrics.CreateCounter("riq_retries_total", "Attempts that will be repeated.", "service", "operation");
    internal static readonly Histogram Latency = Metrics.CreateHistogram("riq_request_latency_seconds", "From submission to the end of a request.", ["service", "operation", "status"], new HistogramConfiguration { Buckets = Seconds });
    internal static readonly Histogram Processing = Metrics.CreateHistogram("riq_processing_seconds", "One attempt: from claim to outcome.", ["service", "operation"], new HistogramConfiguration { Buckets = Seconds });

    /// <summary>Another process exports the counts of all from now on; ours would only stand still beside them.</summary>
    internal static void ForgetLeaderGauges()
    {
        foreach (var gauge in new[] { Depth, OldestQueued, DeadLetters, ErrorQueueMessages })
            foreach (var labels in gauge.GetAllLabelValues().ToArray()) gauge.RemoveLabelled(labels);
        OutboxPending.Unpublish();
        OutboxDelay.Unpublish();
    }
}
