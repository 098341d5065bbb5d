namespace Riq.Engine.Outbox;

/// <summary>
/// The messages of one transaction on their way from memory to RabbitMQ: room is reserved before their rows are inserted, they
/// are handed over once the transaction is committed, and what was reserved in vain is given back at the end.
/// </summary>
sealed class HandOvers(OutboxRelay relay, TimeProvider time) : IDisposable
{
    readonly long _reservedAt = time.GetTimestamp();
    readonly List<OutboxMessage> _messages = [];
    int _room;

    /// <summary>Whether the next <paramref name="count"/> rows may be inserted with a claim of this process. If not, they are due at once for any relay.</summary>
    public bool Reserve(int count)
    {
        if (count == 0 || !relay.TryReserve(count)) return false;
        _room += count;
        return true;
    }

    /// <summary>A row that was inserted with a claim.</summary>
    public void Add(OutboxMessage message) => _messages.Add(message);

    /// <summary>After the commit.</summary>
    public void Send()
    {
        foreach (var message in _messages) relay.HandOver(message, _reservedAt);
        _room -= _messages.Count;
        _messages.Clear();
    }

    public void Dispose()
    {
        if (_room != 0) relay.Release(_room);
    }
}
