using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Bus;
using Riq.Engine.Observability;
using Riq.Engine.Submission;
using Riq.Engine.Tokens;

namespace Riq.Engine.Gate;

/// <summary>
/// Keeps this worker and the shared state of the services together: reads it several times a second, adds this worker's
/// calls to it, makes the trial when it is this worker's, and opens or blocks gates and endpoints accordingly. While the
/// state can't be read, the gates hold everything.
/// </summary>
sealed class ServiceWatch(ServiceStateStore store, ServiceViews views, Gates gates, WorkEndpoints endpoints, OperationCatalog catalog, TokenManager tokens, RiqOptions options, TimeProvider time,
    ILogger<ServiceWatch> log)
    : BackgroundService
{
    static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(300);
    static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(1);

    readonly Watched[] _services = [.. catalog.Services.Order(StringComparer.Ordinal).Select(s => new Watched(s, views.Of(s), new(options.Of(s).Circuit), options.Of(s).RateOf(s)))];

    // A longer wait sends what is here back to RabbitMQ; a shorter one is waited for at the gate.
    static readonly TimeSpan LongestHeld = TimeSpan.FromSeconds(30);

    volatile bool _away;

    /// <summary>One service with what is under way for it; each kind of work once at a time.</summary>
    sealed class Watched(string name, ServiceView view, CircuitRule rule, RateOptions rate)
    {
        public RateOptions Rate => rate;
        /// <summary>The state is learned by readings and by leases; gate and state must not cross.</summary>
        public Lock Learning { get; } = new();
        public string Name => name;
        public ServiceView View => view;
        public CircuitRule Rule => rule;
        public long? CountedAt { get; set; }
        public Task Steering { get; set; } = Task.CompletedTask;
        public Task Turning { get; set; } = Task.CompletedTask;
    }

    public override Task StartAsync(CancellationToken cancellation)
    {
        foreach (var service in _services)
        {
            var gate = gates.Of(service.Name);
            gate.Turn(GateState.Held);
            gate.TokensWanted = new TokenLeaser(service.Name, gate, store, service.View, service.Rate, (state, askedAt) => Learn(service, state, askedAt), time, log).Want;
        }
        return base.StartAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ReadEvery, time);
        try
        {
            do
            {
                await Read(stop);
                foreach (var service in _services)
                {
                    if (!service.View.IsTrusted) gates.Of(service.Name).Turn(GateState.Held);
                    else if (service.Steering.IsCompleted) service.Steering = Unless(stop, () => Steer(service, stop), TellAway);
                    if (service.Turning.IsCompleted) service.Turning = Unless(stop, () => TurnEndpoints(service), reason => log.EndpointsNotTurned(service.Name, reason));
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        finally { await Task.WhenAll(_services.Select(s => s.Steering)); }
    }

    Task Read(CancellationToken stop) => Unless(stop, async () =>
    {
        var askedAt = time.GetTimestamp();
        foreach (var state in await store.Read(catalog.Services, stop))
            if (Array.Find(_services, s => s.Name == state.Service) is { } service) Learn(service, state, askedAt);
        _away = false;
    }, TellAway);

    // Once per outage: there are three readings a second.
    void TellAway(string reason)
    {
        if (!_away) log.ServiceStateAway(reason);
        _away = true;
    }

    async Task Steer(Watched service, CancellationToken stop)
    {
        if (service.CountedAt is not { } at || time.GetElapsedTime(at) >= CountEvery)
            if (service.View.TakeCounts() is { Calls: > 0 } counts)
            {
                service.CountedAt = time.GetTimestamp();
                // Not kept when it can't be stored: a commit in doubt would count twice, and the next calls tell the same.
                await Change(service, (c, now) => service.Rule.Count(c, now, counts.Generation, counts.Calls, counts.Failures), stop);
            }
        // A service that has asked to be left alone is not even tried.
        if (service.View.State is not { } state || service.View.HeldFor > TimeSpan.Zero) return;
        if (state.IsTrialDue) await Try(service, stop);
        else if (state.IsCredentialTryDue && await tokens.BeginTry(service.Name, stop)) await TryCredential(service.Name, stop);
    }

    // The token manager hears from the call itself what the service said of the credential.
    async Task TryCredential(string service, CancellationToken stop)
    {
        log.CredentialTried(service);
        var result = await Probe(service, stop);
        if (!result.Success) log.CredentialStillRefused(service, result.Error!.Message);
    }

    async Task Try(Watched service, CancellationToken stop)
    {
        var mine = false;
        var begun = await Change(service, (c, now) =>
        {
            var next = service.Rule.BeginTrial(c, now, options.Worker);
            mine = !ReferenceEquals(next, c);
            return next;
        }, stop);
        if (!mine) return;
        log.TrialBegins(service.Name);
        if (begun.Credentials is not null) await tokens.BeginTry(service.Name, stop);
        var result = await Probe(service.Name, stop);
        // Nothing sent, nothing learned: no answer either.
        var answered = result.Error is not { } error || error.IsServiceFailure == false;
        if (!answered) log.TrialFailed(service.Name, result.Error!.Message);
        await Change(service, (c, now) => service.Rule.EndTrial(c, now, begun.Circuit.Generation, answered), stop);
    }

    async Task<AdapterResult<JsonElement>> Probe(string service, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(CircuitRule.ProbeTimeout);
        try
        {
            return await catalog.AdapterOf(service).Probe(limit.Token).WaitAsync(CircuitRule.ProbeTimeout, time, stop);
        }
        catch (TimeoutException e) { return NoAnswer(ErrorCodes.Timeout, e.Message); }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            log.ProbeThrew(e, service);
            return NoAnswer(ErrorCodes.Internal, "The probe threw.");
        }
    }

    static AdapterResult<JsonElement> NoAnswer(string code, string message) => AdapterResult<JsonElement>.Fail(new(code, message));

    async Task<ServiceState> Change(Watched service, Func<Circuit, DateTime, Circuit> decide, CancellationToken stop)
    {
        var askedAt = time.GetTimestamp();
        var state = await store.Change(service.Name, s => decide(s.Circuit, s.Now) is var next && ReferenceEquals(next, s.Circuit) ? s : s with { Circuit = next }, stop);
        Learn(service, state, askedAt);
        return state;
    }

    void Learn(Watched service, ServiceState state, long askedAt)
    {
        lock (service.Learning) TurnGate(service, state, askedAt);
    }

    void TurnGate(Watched service, ServiceState state, long askedAt)
    {
        var before = service.View.Learn(state, askedAt);
        var known = service.View.State!;
        var gate = gates.Of(service.Name);
        gate.Meter(known.Rate.PerMinute(service.Rate, known.Now) is not null);
        gate.Turn(known.IsBlocked ? GateState.Blocked : service.View.HeldFor is var held && held > LongestHeld ? GateState.Blocked : held > TimeSpan.Zero ? GateState.Held : GateState.Open);
        if (known.Rate.Left(service.Rate, known.Now) is { } tokens) RiqMetrics.RateTokens.WithLabels(service.Name).Set(Math.Floor(tokens));
        RiqMetrics.CircuitStatus.WithLabels(service.Name).Set(known.Circuit.Phase switch { CircuitPhase.Closed => 1, CircuitPhase.HalfOpen => 0.5, _ => 0 });
        Tell(before, known);
    }

    void Tell(ServiceState? before, ServiceState now)
    {
        var (was, phase) = (before?.Circuit.Phase ?? CircuitPhase.Closed, now.Circuit.Phase);
        if (phase == CircuitPhase.Open && was != phase) log.CircuitIsOpen(now.Service, Text(now.Circuit.OpenUntil));
        if (phase == CircuitPhase.Closed && was != phase) log.CircuitIsClosed(now.Service);
        if (now.Paused is { } pause && before?.Paused != pause) log.ServicePaused(pause.By, now.Service, Text(pause.Until));
        if (now.Paused is null && before?.Paused is not null) log.ServiceResumed(now.Service);
    }

    static string Text(DateTime? until) => until?.ToString("O", CultureInfo.InvariantCulture) ?? "further notice";

    Task TurnEndpoints(Watched service) => gates.Of(service.Name).State switch
    {
        GateState.Blocked when !endpoints.AreStopped(service.Name) => endpoints.Stop(service.Name),
        GateState.Open when endpoints.AreStopped(service.Name) => endpoints.Start(service.Name),
        _ => Task.CompletedTask,
    };

    // What fails is told and tried again with the next reading.
    static async Task Unless(CancellationToken stop, Func<Task> work, Action<string> failed)
    {
        try { await work(); }
        catch (Exception e) { if (!stop.IsCancellationRequested) failed(e.Message); }
    }
}
