using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.Engine.Sweepers;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Requests;

/// <summary>
/// The engine's own machine and stores on real Postgres, without a broker: the test plays relay, broker, workers, death
/// and operators, one step at a time, and after each step compares what is stored with what is allowed.
/// </summary>
sealed class EngineModel
{
    const string Look = "select id, status, attempt, version, claim_id, operation from queue_requests where id = any($1)";
    static readonly string[] Operations = ["fake.write", "fake.safe_write", "fake.read"];

    readonly RiqCluster _riq;
    readonly ClaimStore _claims;
    readonly RequestLife _life;
    readonly TransitionWriter _writer;
    readonly HandBackStore _handBacks;
    readonly RequestCommands _commands;
    readonly ISweeper _leases, _expiry;

    readonly Dictionary<Guid, Row> _rows = [];
    readonly List<ExecuteRequest> _broker = [];
    readonly List<Running> _running = [];
    readonly HashSet<Guid> _lost = [];

    /// <summary>A request as it was stored after the last step.</summary>
    public sealed record Row(Guid Id, string Status, int Attempt, long Version, Guid? ClaimId, string Operation);

    /// <summary>A call that some worker has begun, and what it knows.</summary>
    sealed class Running(QueueRequest request)
    {
        public QueueRequest Request = request;
        public readonly Guid Claim = request.ClaimId!.Value;
        /// <summary>How the call ended; null while it runs. Reported again, it is the same.</summary>
        public object? Outcome;
        /// <summary>Whether the service may have done it. Only a call that certainly failed, or never began, has not.</summary>
        public bool MayHaveHappened => Outcome is not (HandedBack or AttemptFailed { Error.Unclear: false });
    }

    EngineModel(RiqCluster riq, IServiceProvider worker, IServiceProvider api)
    {
        _riq = riq;
        _claims = worker.GetRequiredService<ClaimStore>();
        _life = worker.GetRequiredService<RequestLife>();
        _writer = worker.GetRequiredService<TransitionWriter>();
        _handBacks = worker.GetRequiredService<HandBackStore>();
        _commands = api.GetRequiredService<RequestCommands>();
        (_leases, _expiry) = (worker.GetServices<ISweeper>().Single(s => s.Name == "leases"), worker.GetServices<ISweeper>().Single(s => s.Name == "expiry"));
    }

    /// <summary>A new set of requests on a running engine.</summary>
    public static async Task<EngineModel> Begin(RiqCluster riq, IServiceProvider worker)
    {
        var model = new EngineModel(riq, worker, riq.Api.Host.Services);
        for (var i = 0; i < Operations.Length; i++)
        {
            var token = await riq.Api.Submit(Operations[i], more: new { max_retries = i });
            model._rows[Guid.ParseExact(token[4..], "N")] = null!;
        }
        foreach (var row in await model.Stored()) model._rows[row.Id] = row;
        return model;
    }

    public async Task Take(Step step)
    {
        await (step.Action switch
        {
            Step.Kind.Relay => Relay(Pick(_rows.Keys, step)),
            Step.Kind.Deliver => Deliver(step),
            Step.Kind.DeliverTwiceAtOnce => DeliverTwiceAtOnce(step),
            Step.Kind.LoseMessage => LoseMessage(step),
            Step.Kind.SendAgain => SendAgain(),
            Step.Kind.Finish => Finish(step),
            Step.Kind.FinishTwiceAtOnce => FinishTwiceAtOnce(step),
            Step.Kind.RepeatClaim => RepeatClaim(step),
            Step.Kind.LoseLease => LoseLease(Pick(_rows.Values.Where(r => r.Status == RequestStatus.Processing).Select(r => r.Id).DefaultIfEmpty(_rows.Keys.First()), step)),
            Step.Kind.FinishWhileLeaseEnds => FinishWhileLeaseEnds(step),
            Step.Kind.Cancel => _commands.Cancel(Pick(_rows.Keys, step), null, "test"),
            Step.Kind.CancelWhileDelivered => CancelWhileDelivered(step),
            Step.Kind.HandBack => HandBack(step),
            Step.Kind.Retry => Retry(Pick(_rows.Values.Where(r => r.Status == RequestStatus.Dead).Select(r => r.Id).DefaultIfEmpty(_rows.Keys.First()), step)),
            Step.Kind.TimePasses => TimePasses(),
            _ => Expire(Pick(_rows.Keys, step)),
        });
        await Compare();
    }

    /// <summary>Lets everything that still runs or waits come to its end, and checks that nothing is left.</summary>
    public async Task End()
    {
        for (var round = 0; _rows.Values.Any(r => !RequestStatus.IsEnd(r.Status)); round++)
        {
            Assert.True(round < 100, "It does not come to an end: " + string.Join("; ", _rows.Values));
            await TimePasses();
            await SendAgain();
            foreach (var id in _rows.Keys) await Relay(id);
            foreach (var command in _broker.ToArray()) await Claim(command);
            foreach (var running in _running.ToArray()) await Report(running, new Succeeded("{}", 200));
            foreach (var id in _rows.Keys) await LoseLease(id);   // those whose worker the test has forgotten
            await Compare();
        }
        var timeline = await _riq.Database.List("""
            select r.version, (select array_agg(v order by v) from (select version v from request_events where request_id = r.id union all select version from request_attempts where request_id = r.id) t)
            from queue_requests r where id = any($1)
            """, r => (Version: r.GetInt64(0), Told: r.GetFieldValue<long[]>(1)), _rows.Keys.ToArray());
        foreach (var (version, told) in timeline) Assert.Equal(Enumerable.Range(1, (int)version).Select(v => (long)v), told);
    }

    async Task Compare()
    {
        var stored = await Stored();
        Assert.Equal(_rows.Count, stored.Count);
        var waiting = await _riq.Database.List("select id, convert_from(body, 'UTF8')::jsonb->'message'->>'attempt' from outbox where id = any($1)", r => (Id: r.GetGuid(0), Attempt: int.Parse(r.GetString(1))), _rows.Keys.ToArray());
        foreach (var now in stored)
        {
            var before = _rows[now.Id];
            Assert.True(now.Version >= before.Version && now.Attempt >= before.Attempt, $"{before} went back to {now}");
            if (now.Version == before.Version) Assert.Equal(before, now);
            else Assert.True(Reachable(before, now), $"{before} may not become {now}");
            if (now.Status == RequestStatus.Queued && !_lost.Contains(now.Id))
                Assert.True(waiting.Contains((now.Id, now.Attempt)) || _broker.Contains(new(now.Id, now.Attempt)), $"{now} waits, and no command of its attempt is left anywhere");
            if (now.Status == RequestStatus.Processing) Assert.Contains(_running, r => r.Claim == now.ClaimId);
            _rows[now.Id] = now;
        }
    }

    // One step makes at most as many changes as versions were added.
    static bool Reachable(Row before, Row now)
    {
        HashSet<string> from = [before.Status];
        for (var version = before.Version; version < now.Version; version++)
            from = [.. from.SelectMany(f => Transitions.Table.Where(t => t.From == f).Select(t => t.To).Append(f == RequestStatus.Processing ? f : "none"))];   // a claim repeated by its holder
        return from.Contains(now.Status);
    }

    Task<List<Row>> Stored() => _riq.Database.List(Look, r => new Row(r.GetGuid(0), r.GetString(1), r.GetInt32(2), r.GetInt64(3), r.IsDBNull(4) ? null : r.GetGuid(4), r.GetString(5)), _rows.Keys.ToArray());

    async Task Relay(Guid id)
    {
        var sent = await _riq.Database.List("delete from outbox where id = $1 returning convert_from(body, 'UTF8')::jsonb->'message'->>'attempt'", r => int.Parse(r.GetString(0)), id);
        foreach (var attempt in sent) _broker.Add(new(id, attempt));
    }

    async Task Deliver(Step step)
    {
        await Relay(Pick(_rows.Keys, step));
        if (_broker.Count == 0) return;
        var command = Recent(_broker, step);
        var before = _rows[command.RequestId];
        var taken = await Claim(command);
        if (before.Status != RequestStatus.Queued || before.Attempt != command.Attempt) Assert.False(taken, $"{command} was taken although the request is {before}");
    }

    // Messages stay with the broker: each may come again at any time.
    async Task<bool> Claim(ExecuteRequest command)
    {
        var taken = Assert.Single(await _claims.Take([new(command.RequestId, command.Attempt, Guid.CreateVersion7())]));
        if (taken is not null) Begin(taken);
        return taken is not null;
    }

    void Begin(QueueRequest request)
    {
        if (request.Operation == "fake.write")
            Assert.DoesNotContain(_running, r => r.Request.CorrelationId == request.CorrelationId && r.MayHaveHappened);   // a second effect
        _running.Add(new(request));
    }

    async Task DeliverTwiceAtOnce(Step step)
    {
        await Relay(Pick(_rows.Keys, step));
        if (_broker.Count == 0) return;
        var command = Recent(_broker, step);
        var taken = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _claims.Take([new(command.RequestId, command.Attempt, Guid.CreateVersion7())])));
        var first = taken.Select(t => t[0]).Where(t => t is not null).ToArray();
        Assert.True(first.Length <= 1, $"{command} was taken twice");
        foreach (var request in first) Begin(request!);
    }

    Task LoseMessage(Step step)
    {
        if (_broker.Count == 0) return Task.CompletedTask;
        var command = Pick(_broker, step);
        _broker.RemoveAll(c => c == command);
        _lost.Add(command.RequestId);
        return Task.CompletedTask;
    }

    // What the sweeper of lost messages does: a copy of the present attempt.
    async Task SendAgain()
    {
        foreach (var row in (await Stored()).Where(r => r.Status == RequestStatus.Queued && _lost.Contains(r.Id))) _broker.Add(new(row.Id, row.Attempt));
        _lost.Clear();
    }

    async Task Finish(Step step)
    {
        if (_running.Count > 0) await Report(Recent(_running, step), OutcomeOf(step));
    }

    static object OutcomeOf(Step step) => (step.What / 4 % 8) switch
    {
        0 or 1 => new Succeeded("{}", 200),
        2 or 3 or 4 => new AttemptFailed(new(ErrorCodes.ServiceUnavailable, "away"), false),
        5 => new AttemptFailed(new(ErrorCodes.RateLimited, "slow down"), false),
        6 => new AttemptFailed(new(ErrorCodes.Timeout, "unclear") { Unclear = true }, false),
        _ => new AttemptFailed(new(ErrorCodes.NotFound, "gone"), false),
    };

    async Task<bool> Report(Running running, object outcome)
    {
        // A copy: the worker keeps what it knew and may report once more.
        var request = Copy(running.Request);
        var safe = request.Operation != "fake.write";
        running.Outcome ??= outcome;
        var raised = running.Outcome switch
        {
            Succeeded done => await _life.Raise(request, _life.Machine.Succeeded, done),
            AttemptFailed failed => await _life.Raise(request, _life.Machine.AttemptFailed, failed with { RepeatSafe = safe }),
            _ => await _life.Raise(request, _life.Machine.HandedBack, (HandedBack)running.Outcome),
        };
        Assert.True(raised, $"the machine had no use for {running.Outcome} of a running attempt");
        var current = (await Stored()).Single(r => r.Id == request.CorrelationId);
        var stored = await _writer.Write(request);
        if (current.ClaimId != running.Claim) Assert.False(stored, $"an outcome of {running.Claim} was stored although {current} belongs to another");
        return stored;
    }

    static QueueRequest Copy(QueueRequest r) => new()
    {
        CorrelationId = r.CorrelationId, ClientId = r.ClientId, Operation = r.Operation, Service = r.Service, Payload = r.Payload, Priority = r.Priority, Status = r.Status,
        CreatedAt = r.CreatedAt, StartedAt = r.StartedAt, RetryCount = r.RetryCount, MaxRetries = r.MaxRetries, Attempt = r.Attempt, ClaimId = r.ClaimId, Deferrals = r.Deferrals,
        Crashes = r.Crashes, Version = r.Version, Worker = r.Worker, SentAt = r.SentAt,
    };

    async Task FinishTwiceAtOnce(Step step)
    {
        if (_running.Count == 0) return;
        var running = Recent(_running, step);
        var stored = await Task.WhenAll(Report(running, new Succeeded("{}", 200)), Report(running, new Succeeded("{}", 200)));
        Assert.True(stored.Count(s => s) <= 1, "one outcome was stored twice");
    }

    async Task RepeatClaim(Step step)
    {
        if (_running.Count == 0) return;
        var running = Recent(_running, step);
        var row = _rows[running.Request.CorrelationId];
        var again = Assert.Single(await _claims.Take([new(running.Request.CorrelationId, running.Request.Attempt, running.Claim)]));
        Assert.Equal(row.Status == RequestStatus.Processing && row.ClaimId == running.Claim, again is not null);
        if (again is not null) running.Request = again;
    }

    async Task LoseLease(Guid id)
    {
        await _riq.Database.Execute("update queue_requests set lease_until = now() - interval '1 second' where id = $1 and status = 'processing'", id);
        await _leases.Sweep(TimeSpan.FromDays(1), CancellationToken.None);
    }

    async Task FinishWhileLeaseEnds(Step step)
    {
        if (_running.Count == 0) return;
        var running = Recent(_running, step);
        await Task.WhenAll(Report(running, OutcomeOf(step)), LoseLease(running.Request.CorrelationId));
    }

    async Task CancelWhileDelivered(Step step)
    {
        await Relay(Pick(_rows.Keys, step));
        if (_broker.Count == 0) return;
        var command = Recent(_broker, step);
        var claim = Claim(command);
        var cancel = _commands.Cancel(command.RequestId, null, "test");
        await Task.WhenAll(claim, cancel);
        Assert.False(await claim && await cancel == CommandOutcome.Done, $"{command} was taken and cancelled");
    }

    async Task HandBack(Step step)
    {
        if (step.What % 2 == 0 && _running.Count > 0) await Report(Recent(_running, step), new HandedBack("lease too short"));
        else if (_broker.Count > 0) await _handBacks.HandBack(Pick(_broker, step), new("shutdown"));
    }

    async Task Retry(Guid id)
    {
        var before = (await _riq.Database.List(StoredRequest.Sql, StoredRequest.Read, RequestToken.Of(id))).Single();
        var request = await Load(id);
        var raised = await _life.Raise(request, _life.Machine.RetryCommand, new RetryDeadLetter(RequestToken.Of(id)));
        Assert.Equal(before.Status == RequestStatus.Dead && before.Outcome is null, raised);
        if (!raised) return;
        Assert.True(await _writer.Write(request));
        Assert.Equal((before.Attempt + 1, 0), (request.Attempt, request.RetryCount));
    }

    async Task<QueueRequest> Load(Guid id) => (await _riq.Database.List($"select {RequestRow.Columns} from queue_requests r where r.id = $1", RequestRow.Read, id)).Single();

    Task TimePasses() => _riq.Database.Execute("update queue_requests set next_retry_at = now() - interval '1 second' where next_retry_at is not null and id = any($1)", _rows.Keys.ToArray());

    async Task Expire(Guid id)
    {
        await _riq.Database.Execute("update queue_requests set expires_at = now() where id = $1", id);
        await _expiry.Sweep(TimeSpan.FromHours(1), CancellationToken.None);
        await _riq.Database.Execute("update queue_requests set expires_at = null where id = $1", id);
    }

    // Mostly one of the last few; now and then any, however old.
    static T Recent<T>(List<T> of, Step step) => step.What % 4 == 0 ? Pick(of, step) : Pick(of.TakeLast(3), step);

    static T Pick<T>(IEnumerable<T> of, Step step)
    {
        var list = of.ToArray();
        return list[step.Which % list.Length];
    }
}

/// <summary>One thing that happens: what, to which of the present requests, messages or calls, and how.</summary>
public sealed record Step(Step.Kind Action, byte Which, byte What)
{
    public enum Kind
    {
        Relay, Deliver, DeliverTwiceAtOnce, LoseMessage, SendAgain, Finish, FinishTwiceAtOnce, RepeatClaim, LoseLease, FinishWhileLeaseEnds,
        Cancel, CancelWhileDelivered, HandBack, Retry, TimePasses, Expire,
    }
}
