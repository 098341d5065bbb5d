using System.Diagnostics.CodeAnalysis;

namespace Riq.Engine.Gate;

/// <summary>Who waits at the gate; true when let in.</summary>
sealed class Waiter(long since, string client) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public long Since => since;
    public string Client => client;
}

/// <summary>Who waits with one priority. Clients take turns; of one client the first comer goes first.</summary>
sealed class WaitingLine
{
    readonly LinkedList<Waiter> _arrivals = new();
    readonly Dictionary<string, Queue<LinkedListNode<Waiter>>> _byClient = [];
    readonly LinkedList<string> _turns = new();

    public int Count => _arrivals.Count;

    public Waiter? Oldest => _arrivals.First?.Value;

    /// <summary>How many of each client wait.</summary>
    public Dictionary<string, int> ByClient() => _byClient.ToDictionary(c => c.Key, c => c.Value.Count);

    public void Add(Waiter waiter)
    {
        if (!_byClient.TryGetValue(waiter.Client, out var own))
        {
            own = _byClient[waiter.Client] = new();
            _turns.AddLast(waiter.Client);
        }
        own.Enqueue(_arrivals.AddLast(waiter));
    }

    /// <summary>Takes the first of the client whose turn it is.</summary>
    public bool TryTakeNext([NotNullWhen(true)] out Waiter? waiter)
    {
        waiter = _turns.First is { } turn ? TakeOf(turn) : null;
        return waiter is not null;
    }

    /// <summary>Takes the one who has waited longest, whoever's turn it is.</summary>
    public Waiter TakeOldest() => TakeOf(_turns.Find(Oldest!.Client)!);

    public Waiter[] TakeAll()
    {
        var all = _arrivals.ToArray();
        _arrivals.Clear();
        _byClient.Clear();
        _turns.Clear();
        return all;
    }

    Waiter TakeOf(LinkedListNode<string> turn)
    {
        var own = _byClient[turn.Value];
        var taken = own.Dequeue();
        _arrivals.Remove(taken);
        _turns.Remove(turn);
        if (own.Count > 0) _turns.AddLast(turn);
        else _byClient.Remove(turn.Value);
        return taken.Value;
    }
}
