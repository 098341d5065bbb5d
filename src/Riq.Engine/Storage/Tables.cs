using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Riq.Engine.Requests;

namespace Riq.Engine.Storage;

sealed class QueueRequestTable : IEntityTypeConfiguration<QueueRequest>
{
    public void Configure(EntityTypeBuilder<QueueRequest> e)
    {
        e.ToTable("queue_requests", t =>
        {
            t.HasCheckConstraint("queue_requests_status", $"status in ({Quoted(RequestStatus.All)})");
            t.HasCheckConstraint("queue_requests_priority", $"priority in ({Quoted(Priorities.All)})");
            t.HasCheckConstraint("queue_requests_next_step", $"next_step in ('{NextStep.Execute}', '{NextStep.ClearUp}')");
        });
        e.HasKey(x => x.CorrelationId);
        e.Property(x => x.CorrelationId).HasColumnName("id").ValueGeneratedNever();
        // Derived, so that token and id can't disagree. Neither it nor the consistency token has an index: both contain the id, by which the row is found.
        e.Property(x => x.Token).UsePropertyAccessMode(PropertyAccessMode.Property).HasComputedColumnSql("'req_' || replace(id::text, '-', '')", stored: true);
        e.Property(x => x.Payload).HasColumnType("jsonb");
        e.Property(x => x.Result).HasColumnType("jsonb");
        e.Property(x => x.Error).HasColumnType("jsonb");
        e.Property(x => x.Priority).HasDefaultValue(Priorities.Normal).HasSentinel("");
        e.Property(x => x.NextStep).HasDefaultValue(NextStep.Execute).HasSentinel("");
        e.Property(x => x.Depth).HasDefaultValue(0);
        e.Property(x => x.HasDependents).HasDefaultValue(false);
        e.Ignore(x => x.CurrentState);
        e.Ignore(x => x.Pending);
        e.Ignore(x => x.ReadSnapshot);
        e.Ignore(x => x.ResolvedPayload);
        e.Ignore(x => x.MoreWait);
        e.Ignore(x => x.ClaimedWith);
        e.Property(x => x.Shares).HasDefaultValue(false);
        e.Property(x => x.Stale).HasDefaultValue(false);

        e.HasIndex(x => new { x.ClientId, x.IdempotencyKey }).IsUnique().HasFilter("idempotency_key is not null");
        // An index on a part of the table asks for one of its columns, so that only statements that look for that one can use it. A plan made when
        // nothing waited would else read a whole index, of a million entries later, in place of the one row that is known by its id.
        // Depth, turns between clients and lost messages; leases; dead letters and failures; expiry. None of them holds a finished, successful request.
        e.HasIndex(x => new { x.Service, x.Priority, x.ClientId, x.SentAt }).IncludeProperties(x => x.CreatedAt).HasDatabaseName("ix_queue_requests_queued").HasFilter("status = 'queued' and service is not null");
        e.HasIndex(x => x.LeaseUntil).HasDatabaseName("ix_queue_requests_processing").HasFilter("status = 'processing' and lease_until is not null");
        e.HasIndex(x => new { x.Status, x.CorrelationId }).IncludeProperties(x => x.Service).HasDatabaseName("ix_queue_requests_unsuccessful").HasFilter("status in ('failed', 'dead')");
        e.HasIndex(x => x.ExpiresAt).HasDatabaseName("ix_queue_requests_expires").HasFilter("status = 'queued' and expires_at is not null");
        // Requests that can go along with a claimed one, of each client in their order.
        e.HasIndex(x => new { x.BatchKey, x.Priority, x.ClientId, x.CorrelationId }).HasDatabaseName("ix_queue_requests_batch").HasFilter("status = 'queued' and ready and next_step = 'execute' and batch_key is not null");
        // Equal reads: those that wait, and the one whose call is under way.
        e.HasIndex(x => x.CacheKey).HasDatabaseName("ix_queue_requests_equal").HasFilter("status = 'queued' and shares and cache_key is not null");
        e.HasIndex(x => x.CacheKey, "ix_queue_requests_reading").IsUnique().HasFilter("status = 'processing' and shares and cache_key is not null");
        e.HasIndex(x => x.Service).HasDatabaseName("ix_queue_requests_may_be_stale").HasFilter("status = 'queued' and stale_if_error is not null");
        IndexOrder(e);
    }

    // What waits for others, who is next in a lane, and what a number in a payload stands for.
    static void IndexOrder(EntityTypeBuilder<QueueRequest> e)
    {
        e.HasIndex(x => x.UpdatedAt).HasDatabaseName("ix_queue_requests_held").HasFilter("status = 'queued' and not ready and updated_at is not null");
        e.HasIndex(x => new { x.LaneKey, x.LaneSeq }).IsUnique().HasDatabaseName("ix_queue_requests_lane").HasFilter("lane_seq is not null and lane_key is not null");
        e.HasIndex(x => new { x.Service, x.ExternalId }).HasDatabaseName("ix_queue_requests_external_id").HasFilter("external_id is not null");
    }

    static string Quoted(IEnumerable<string> values) => string.Join(", ", values.Select(v => $"'{v}'"));
}

/// <summary>One ended attempt. Rows are only ever added.</summary>
sealed class RequestAttempt
{
    public Guid RequestId { get; set; }
    /// <summary>The fencing number of the attempt.</summary>
    public int Attempt { get; set; }
    public long Version { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime EndedAt { get; set; }
    public string? Worker { get; set; }
    public string Status { get; set; } = "";
    public string Event { get; set; } = "";
    public int? HttpStatus { get; set; }
    public string? Error { get; set; }
    /// <summary>The transaction that added it: the order in which listeners hear of changes. Null in rows older than the column.</summary>
    public ulong? Xid { get; set; }
}

sealed class RequestAttemptTable : IEntityTypeConfiguration<RequestAttempt>
{
    public void Configure(EntityTypeBuilder<RequestAttempt> e)
    {
        e.ToTable("request_attempts").HasKey(x => new { x.RequestId, x.Attempt });
        e.Property(x => x.Xid).HasColumnType("xid8").HasDefaultValueSql("pg_current_xact_id()");
        e.HasIndex(x => new { x.Xid, x.RequestId, x.Version }).HasDatabaseName("ix_request_attempts_order");
        e.Property(x => x.Error).HasColumnType("jsonb");
    }
}

/// <summary>One change that did not end an attempt (accepted, started, cancelled …). Rows are only ever added.</summary>
sealed class RequestEvent
{
    public Guid RequestId { get; set; }
    /// <summary>The request's version after the change.</summary>
    public long Version { get; set; }
    public DateTime At { get; set; }
    public string Event { get; set; } = "";
    public string Status { get; set; } = "";
    public int Attempt { get; set; }
    public string? By { get; set; }
    /// <summary>The transaction that added it: the order in which listeners hear of changes. Null in rows older than the column.</summary>
    public ulong? Xid { get; set; }
}

sealed class RequestEventTable : IEntityTypeConfiguration<RequestEvent>
{
    public void Configure(EntityTypeBuilder<RequestEvent> e)
    {
        e.ToTable("request_events").HasKey(x => new { x.RequestId, x.Version });
        e.Property(x => x.Xid).HasColumnType("xid8").HasDefaultValueSql("pg_current_xact_id()");
        e.HasIndex(x => new { x.Xid, x.RequestId, x.Version }).HasDatabaseName("ix_request_events_order");
    }
}

/// <summary>A bus message that RabbitMQ has not confirmed yet.</summary>
sealed class OutboxRow
{
    /// <summary>The request's id for a command (a request has at most one live command), an id of its own for an event.</summary>
    public Guid Id { get; set; }
    public Guid MessageId { get; set; }
    public string Destination { get; set; } = "";
    public byte[] Body { get; set; } = [];
    /// <summary>When any relay may take it: now + the writer's claim, the time of a delayed message, or infinity when parked.</summary>
    public DateTime DueAt { get; set; }
    public int Attempts { get; set; }
    /// <summary>Why it can never be sent; null for all others.</summary>
    public string? ParkedReason { get; set; }
}

sealed class OutboxTable : IEntityTypeConfiguration<OutboxRow>
{
    public void Configure(EntityTypeBuilder<OutboxRow> e)
    {
        e.ToTable("outbox").HasKey(x => x.Id);
        e.HasIndex(x => x.DueAt);
    }
}

/// <summary>Counts that the leading worker refreshes every 2 s, so that nobody else counts.</summary>
sealed class QueueStats
{
    public string Service { get; set; } = "";
    public string Priority { get; set; } = "";
    public long Queued { get; set; }
    public long Processing { get; set; }
    public DateTime? OldestQueuedAt { get; set; }
    /// <summary>Requests that ended a second, over the last minute.</summary>
    public double EndedPerSecond { get; set; }
    /// <summary>Requests that workers have ended so far; only its growth means something.</summary>
    public long EndedTotal { get; set; }
    /// <summary>The newest <c>sent_at</c> among the requests claimed from this queue so far: older ones still waiting may be lost.</summary>
    public DateTime? ClaimedSentAt { get; set; }
    public DateTime UpdatedAt { get; set; }
}

sealed class QueueStatsTable : IEntityTypeConfiguration<QueueStats>
{
    public void Configure(EntityTypeBuilder<QueueStats> e) => e.ToTable("queue_stats").HasKey(x => new { x.Service, x.Priority });
}

/// <summary>What all processes share about one service: its circuit, the calls that it is decided from, an operator's pause, and the bucket of its rate limit.</summary>
sealed class ServiceStateRow
{
    public string Service { get; set; } = "";
    public string Circuit { get; set; } = "";
    /// <summary>Grows with every change of the circuit; calls begun in an older one don't count.</summary>
    public long Generation { get; set; }
    public DateTime? OpenedAt { get; set; }
    public DateTime? OpenUntil { get; set; }
    public string? TrialOwner { get; set; }
    public DateTime? TrialUntil { get; set; }
    /// <summary>The state that an operator keeps the circuit in.</summary>
    public string? Forced { get; set; }
    public string? ForcedBy { get; set; }
    /// <summary>Calls and failures of the last seconds: <c>[[second, calls, failures], …]</c>.</summary>
    public string Buckets { get; set; } = "[]";
    public string? PausedBy { get; set; }
    public DateTime? PausedAt { get; set; }
    public DateTime? PausedUntil { get; set; }
    public string? PauseReason { get; set; }
    /// <summary>What was left of the bucket at <see cref="RateAt"/>; null: it was never used.</summary>
    public double? RateTokens { get; set; }
    public DateTime? RateAt { get; set; }
    /// <summary>Until when the service asked not to be called at all.</summary>
    public DateTime? HeldUntil { get; set; }
    public string? HeldReason { get; set; }
    public int Strikes { get; set; }
    /// <summary>Calls a minute that are left until <see cref="LoweredUntil"/>, as the service said.</summary>
    public double? LoweredTo { get; set; }
    public DateTime? LoweredUntil { get; set; }
    /// <summary>Endpoints and entities that are not to be called for a while.</summary>
    public string Holds { get; set; } = "[]";
    /// <summary>What an operator set in place of the settings.</summary>
    public int? Rate { get; set; }
    public int? Burst { get; set; }
    public int? Concurrency { get; set; }
    public string? LimitsBy { get; set; }
    public long Version { get; set; }
    public DateTime UpdatedAt { get; set; }
}

sealed class ServiceStateTable : IEntityTypeConfiguration<ServiceStateRow>
{
    public void Configure(EntityTypeBuilder<ServiceStateRow> e)
    {
        e.ToTable("service_state", t =>
        {
            t.HasCheckConstraint("service_state_circuit", "circuit in ('closed', 'open', 'half_open')");
            t.HasCheckConstraint("service_state_forced", "forced in ('closed', 'open')");
        });
        e.HasKey(x => x.Service);
        e.Property(x => x.Buckets).HasColumnType("jsonb");
        e.Property(x => x.Holds).HasColumnType("jsonb").HasDefaultValue("[]");
        e.Property(x => x.Strikes).HasDefaultValue(0);
    }
}

/// <summary>Who runs the sweepers, and since when Postgres has been there without a break.</summary>
sealed class LeadershipRow
{
    /// <summary>Always <c>sweepers</c>.</summary>
    public string Name { get; set; } = "";
    public string Leader { get; set; } = "";
    public DateTime SteadySince { get; set; }
    public DateTime SeenAt { get; set; }
}

sealed class LeadershipTable : IEntityTypeConfiguration<LeadershipRow>
{
    public void Configure(EntityTypeBuilder<LeadershipRow> e) => e.ToTable("leadership").HasKey(x => x.Name);
}

/// <summary>A worker process that takes calls of one service, and when it was last heard of.</summary>
sealed class ServiceWorkerRow
{
    public string Service { get; set; } = "";
    /// <summary>Made by the process at its start: names may be given twice.</summary>
    public Guid Worker { get; set; }
    public string Name { get; set; } = "";
    /// <summary>Calls at the same time that it permits itself.</summary>
    public int Concurrency { get; set; }
    public DateTime SeenAt { get; set; }
}

sealed class ServiceWorkerTable : IEntityTypeConfiguration<ServiceWorkerRow>
{
    public void Configure(EntityTypeBuilder<ServiceWorkerRow> e) => e.ToTable("service_workers").HasKey(x => new { x.Service, x.Worker });
}
