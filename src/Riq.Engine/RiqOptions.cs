using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using Riq.Engine.Gate;
using Riq.Engine.Requests;

namespace Riq.Engine;

/// <summary>The settings of section <c>Riq</c>; every problem in them is reported at start, all at once.</summary>
public sealed class RiqOptions
{
    public const string Section = "Riq";

    /// <summary>Npgsql connection string of the database that holds every request.</summary>
    [Required(ErrorMessage = "Riq:Postgres is missing: give the Npgsql connection string, e.g. Host=127.0.0.1;Database=riq;Username=riq (environment: Riq__Postgres).")]
    public string Postgres { get; set; } = "";

    /// <summary>AMQP URI of the broker: <c>amqp://user:password@host:port/vhost</c>, <c>amqps</c> for TLS; of a cluster with the nodes' hosts and ports divided by commas.</summary>
    [Required(ErrorMessage = "Riq:RabbitMq is missing: give the AMQP URI, e.g. amqp://riq:secret@127.0.0.1:5672/riq (environment: Riq__RabbitMq).")]
    public string RabbitMq { get; set; } = "";

    /// <summary>The same, read.</summary>
    internal Engine.Bus.BrokerAddress Broker => Engine.Bus.BrokerAddress.Parse(RabbitMq);

    /// <summary>Whether the queues of work, submissions and commands are quorum queues (replicated over a cluster). Can't be changed while the queues exist.</summary>
    public bool QuorumQueues { get; set; }

    /// <summary>Name of this process in leases, logs and the timeline; host name and process id unless given.</summary>
    public string Worker { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>How long after an operation's timeout its lease ends; the time that storing an outcome may take. Default 15 s.</summary>
    public TimeSpan LeaseMargin { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the leading worker looks for lost leases, lost messages and expired requests. Default 5 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How old a command must be before its absence from an empty queue counts as lost. Default 30 s.</summary>
    public TimeSpan LostAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a queue may hold messages without delivering any to an idle worker before its endpoint is connected anew. Default 15 s.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an unconfirmed publication may take before its connection is given up. Default 10 s.</summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a committed outbox row belongs to the process that wrote it before any other may send it. Default 30 s.</summary>
    public TimeSpan OutboxClaim { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most submissions a minute of one client whose key says nothing else. Default: no limit.</summary>
    public int? SubmissionsPerMinute { get; set; }

    /// <summary>How dead letters age.</summary>
    public DeadLetters.DeadLetterOptions DeadLetters { get; set; } = new();

    /// <summary>How long ended requests are kept.</summary>
    public Cleanup.CleanupOptions Cleanup { get; set; } = new();

    /// <summary>How long after its write has completed a consistency token is taken. Default 300 s.</summary>
    public TimeSpan ConsistencyTokenLifetime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>The keys that tokens are encrypted with in the database.</summary>
    public Tokens.EncryptionSettings Encryption { get; set; } = new();

    /// <summary>What programs on the bus may do here.</summary>
    public Bus.BusOptions Bus { get; set; } = new();
    /// <summary>How much of what reads gave is kept.</summary>
    public Reads.CacheLimits Cache { get; set; } = new();

    /// <summary>How callbacks are signed and delivered.</summary>
    public Callbacks.CallbackOptions Callbacks { get; set; } = new();

    /// <summary>What is told to listeners.</summary>
    public Timeline.EventOptions Events { get; set; } = new();

    /// <summary>What operators have beside RIQ.</summary>
    public Observability.OperatorOptions Operators { get; set; } = new();

    /// <summary>Limits and schedules of each service by name.</summary>
    public Dictionary<string, ServiceOptions> Services { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    readonly ConcurrentDictionary<string, ServiceOptions> _defaults = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The service's settings, or the defaults when it has none.</summary>
    public ServiceOptions Of(string service) => Services.TryGetValue(service, out var options) ? options : _defaults.GetOrAdd(service, ServiceOptions.DefaultFor);

    /// <summary>The settings as configured; throws one exception that names everything that is wrong with them.</summary>
    public static RiqOptions Read(IConfiguration configuration)
    {
        var unreadable = new List<string>();
        var options = SettingsReader.Read<RiqOptions>(configuration, Section, unreadable);
        // One by one: in a dictionary the binder drops an entry without a word when one of its values can't be read.
        foreach (var service in configuration.GetSection($"{Section}:{nameof(Services)}").GetChildren())
            options.Services[service.Key] = SettingsReader.Read<ServiceOptions>(configuration, service.Path, unreadable);
        // Without keys there is one client, whatever the way it comes.
        if (!new[] { "ApiKeys", "Jwt" }.Any(s => configuration.GetSection($"{Section}:{s}").GetChildren().Any()) && !string.Equals(configuration[$"{Section}:RequireKeys"], "true", StringComparison.OrdinalIgnoreCase)) options.Bus.DefaultClient ??= "local";
        string[] problems = [.. unreadable, .. options.Problems()];
        return problems.Length == 0 ? options : throw new OptionsValidationException(Section, typeof(RiqOptions), problems);
    }

    public IEnumerable<string> Problems()
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(this, new(this), results, validateAllProperties: true);
        foreach (var result in results) yield return result.ErrorMessage!;
        if (!string.IsNullOrEmpty(RabbitMq) && Engine.Bus.BrokerAddress.TryParse(RabbitMq) is null)
            yield return "Riq:RabbitMq is not an AMQP URI: it must look like amqp://user:password@host:port/vhost, or amqp://user:password@host1:port,host2:port/vhost for a cluster.";
        if (!string.IsNullOrWhiteSpace(Postgres) && !IsConnectionString(Postgres))
            yield return "Riq:Postgres is not an Npgsql connection string: it must look like Host=127.0.0.1;Database=riq;Username=riq.";
        if (LeaseMargin < TimeSpan.FromSeconds(1)) yield return "Riq:LeaseMargin must be at least 00:00:01.";
        if (SweepInterval < TimeSpan.FromMilliseconds(50)) yield return "Riq:SweepInterval must be at least 00:00:00.050.";
        if (StuckAfter < TimeSpan.FromSeconds(1)) yield return "Riq:StuckAfter must be at least 00:00:01.";
        if (LostAfter < TimeSpan.FromSeconds(1)) yield return "Riq:LostAfter must be at least 00:00:01.";
        if (ConfirmTimeout < TimeSpan.FromSeconds(1)) yield return "Riq:ConfirmTimeout must be at least 00:00:01.";
        if (SubmissionsPerMinute < 1) yield return "Riq:SubmissionsPerMinute must be at least 1.";
        if (OutboxClaim < TimeSpan.FromSeconds(2)) yield return "Riq:OutboxClaim must be at least 00:00:02.";
        if (ConsistencyTokenLifetime < TimeSpan.FromSeconds(1) || ConsistencyTokenLifetime > TimeSpan.FromDays(1)) yield return "Riq:ConsistencyTokenLifetime must be between 1 second and 24 hours.";
        foreach (var problem in Bus.Problems($"{Section}:{nameof(Bus)}")) yield return problem;
        foreach (var problem in Cache.Problems($"{Section}:{nameof(Cache)}")) yield return problem;
        foreach (var problem in DeadLetters.Problems($"{Section}:{nameof(DeadLetters)}")) yield return problem;
        foreach (var problem in Cleanup.Problems($"{Section}:{nameof(Cleanup)}")) yield return problem;
        foreach (var problem in Callbacks.Problems($"{Section}:{nameof(Callbacks)}")) yield return problem;
        foreach (var problem in Events.Problems($"{Section}:{nameof(Events)}")) yield return problem;
        foreach (var problem in Operators.Problems($"{Section}:{nameof(Operators)}")) yield return problem;
        foreach (var problem in Encryption.Problems($"{Section}:{nameof(Encryption)}")) yield return problem;
        foreach (var (name, service) in Services)
            foreach (var problem in service.Problems($"Riq:Services:{name}").Concat(service.Auth.Problems($"Riq:Services:{name}:Auth", Encryption.IsUsed))) yield return problem;
    }

    static bool IsConnectionString(string text)
    {
        try { return new NpgsqlConnectionStringBuilder(text).Host is not null; }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException) { return false; }
    }
}

/// <summary>How one service is treated: section <c>Riq:Services:&lt;name&gt;</c>.</summary>
public sealed class ServiceOptions
{
    public const int MostPerMinute = 10_000_000, MostAtOnce = 1_000_000;

    /// <summary>The most calls at the same time of all workers together, at least one for each. Default: jira 5, confluence 3, others 5.</summary>
    public int? Concurrency { get; set; }

    /// <summary>Finds the concurrency out instead.</summary>
    public AdaptiveOptions AdaptiveConcurrency { get; set; } = new();

    /// <summary>Calls a minute of all workers together; 0: any number. Default: jira 100, confluence 50, others 0.</summary>
    public int? Rate { get; set; }

    /// <summary>Calls that may come at once after a pause. Default: jira 20, confluence 10, others 10.</summary>
    public int? Burst { get; set; }

    /// <summary>First step of the retry schedule. Default 1 s: waits of 2, 4, 8 s … plus jitter.</summary>
    public TimeSpan RetryBaseDelay { get; set; } = RetrySchedule.Default.BaseDelay;

    /// <summary>Longest wait between retries unless the service asks for more. Default 60 s.</summary>
    public TimeSpan RetryMaxDelay { get; set; } = RetrySchedule.Default.MaxDelay;

    /// <summary>Waiting requests beyond which submissions are refused with 429. Default 1,000,000.</summary>
    public int MaxDepth { get; set; } = 1_000_000;

    /// <summary>How long a lower priority waits in a worker before it goes ahead of higher ones. Default 5 min.</summary>
    public TimeSpan Aging { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Replaces the declared timeout of every operation of the service when set.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// Replaces the declared quiet period of the service's operations when set: how long an effect may stay invisible after
    /// the timeout. Declared for Jira: 2 min for creations, 30 s for comments.
    /// </summary>
    public TimeSpan? QuietPeriod { get; set; }

    /// <summary>How long a service is asked in vain whether a write took effect before its outcome counts as unknown. Default 15 min.</summary>
    public TimeSpan OutcomeCheckLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Whether a write that ends as a dead letter holds back later writes to the same task or page until somebody has decided about
    /// it. Default: no, the next one goes.
    /// </summary>
    public bool DeadHoldsLane { get; set; }

    /// <summary>When calls are stopped because too many fail.</summary>
    public CircuitOptions Circuit { get; set; } = new();

    /// <summary>The most requests of an operation, e.g. <c>create_task</c>, in one call; 1: never several. Default and bound: what the operation declares.</summary>
    public Dictionary<string, int> Batch { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The most requests of <c>service.name</c> in one call.</summary>
    internal int MostTogether(Contracts.OperationDeclaration operation) =>
        operation.Batch is not { } batch ? 1 : Math.Min(batch.Most, Batch.GetValueOrDefault(operation.Name[(operation.Service.Length + 1)..], batch.Most));

    /// <summary>How long what reads gave is kept.</summary>
    public Reads.CacheOptions Cache { get; set; } = new();

    /// <summary>The site; what was read there is not given for another one.</summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>The credential.</summary>
    public Tokens.AuthSettings Auth { get; set; } = new();

    public static ServiceOptions DefaultFor(string service) => service switch
    {
        "jira" => new() { Concurrency = 5, Rate = 100, Burst = 20 },
        "confluence" => new() { Concurrency = 3, Rate = 50, Burst = 10 },
        _ => new() { Concurrency = 5, Rate = 0, Burst = 10 },
    };

    /// <summary>The most that <see cref="ConcurrencyOf"/> or the adaptive limit can come to.</summary>
    internal int MostConcurrencyOf(string service) => AdaptiveConcurrency.Enabled ? Math.Max(AdaptiveConcurrency.Max, ConcurrencyOf(service)) : ConcurrencyOf(service);

    public int ConcurrencyOf(string service) => Concurrency ?? DefaultFor(service).Concurrency!.Value;

    internal RateOptions RateOf(string service) => DefaultFor(service) is var d ? new(Rate ?? d.Rate!.Value, Burst ?? d.Burst!.Value) : default;

    public IEnumerable<string> Problems(string path)
    {
        if (Rate is < 0 or > MostPerMinute) yield return $"{path}:Rate must be between 0 (any number) and {MostPerMinute:N0} calls a minute.";
        if (Burst is < 1 or > MostAtOnce) yield return $"{path}:Burst must be between 1 and {MostAtOnce:N0}.";
        if (Concurrency is < 1 or > 10_000) yield return $"{path}:Concurrency must be between 1 and 10,000.";
        if (RetryBaseDelay <= TimeSpan.Zero) yield return $"{path}:RetryBaseDelay must be positive.";
        if (RetryMaxDelay > RetrySchedule.LongestRetryAfter) yield return $"{path}:RetryMaxDelay must be at most 24 hours.";
        else if (RetryMaxDelay < RetryBaseDelay) yield return $"{path}:RetryMaxDelay must not be shorter than RetryBaseDelay.";
        if (Aging <= TimeSpan.Zero) yield return $"{path}:Aging must be positive.";
        if (MaxDepth < 1) yield return $"{path}:MaxDepth must be at least 1.";
        if (QuietPeriod is { } quiet && (quiet <= TimeSpan.Zero || quiet > TimeSpan.FromDays(1))) yield return $"{path}:QuietPeriod must be positive and at most 24 hours.";
        if (OutcomeCheckLimit < TimeSpan.FromSeconds(1) || OutcomeCheckLimit > TimeSpan.FromDays(7)) yield return $"{path}:OutcomeCheckLimit must be between 1 second and 7 days.";
        if (Timeout is { } t && (t <= TimeSpan.Zero || t > TimeSpan.FromMinutes(10))) yield return $"{path}:Timeout must be positive and at most 10 minutes.";
        foreach (var (operation, most) in Batch)
            if (most is < 1 or > 1_000) yield return $"{path}:Batch:{operation} must be between 1 (each request goes alone) and 1,000.";
        foreach (var problem in Cache.Problems($"{path}:Cache")) yield return problem;
        foreach (var problem in Circuit.Problems($"{path}:Circuit").Concat(AdaptiveConcurrency.Problems($"{path}:AdaptiveConcurrency"))) yield return problem;
    }
}
