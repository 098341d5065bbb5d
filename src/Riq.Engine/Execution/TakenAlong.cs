using Riq.Engine.Requests;

namespace Riq.Engine.Execution;

/// <summary>
/// Attempts that calls of this process have taken along before their own commands came. Such a command needs no slot and no
/// question to Postgres: an attempt that was claimed once is never queued again under its number.
/// </summary>
sealed class TakenAlong
{
    // Commands that other workers get, or that are lost, never come here: the oldest are forgotten, and claim nothing.
    const int MostKept = 20_000;

    readonly Lock _lock = new();
    readonly Dictionary<Guid, int> _attempts = [];
    readonly Queue<(Guid Id, int Attempt)> _order = new();

    public void Add(QueueRequest request)
    {
        lock (_lock)
        {
            _attempts[request.CorrelationId] = request.Attempt;
            _order.Enqueue((request.CorrelationId, request.Attempt));
            if (_order.Count > MostKept) Forget(_order.Dequeue());
        }
    }

    public bool Includes(ExecuteRequest command)
    {
        lock (_lock) return _attempts.TryGetValue(command.RequestId, out var attempt) && attempt == command.Attempt;
    }

    void Forget((Guid Id, int Attempt) oldest)
    {
        if (_attempts.TryGetValue(oldest.Id, out var attempt) && attempt == oldest.Attempt) _attempts.Remove(oldest.Id);
    }
}
