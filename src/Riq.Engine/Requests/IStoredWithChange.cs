using Npgsql;

namespace Riq.Engine.Requests;

/// <summary>
/// Something that is stored together with changes of requests, in their transaction: lanes that move on, cache tags,
/// callbacks. Registered services of this type take part in the order of their registration, lanes first. All statements
/// share the round trip of the changes; each sees what the ones before it did and what others committed meanwhile.
/// </summary>
interface IStoredWithChange
{
    /// <summary>
    /// Whether something is stored with this change; <see cref="QueueRequest.Pending"/> says what happened. Pure and cheap: for most
    /// changes nobody is concerned, and then they are stored by one statement as ever.
    /// </summary>
    bool Concerns(QueueRequest request);

    /// <summary>The most messages, due at once, that its statements give back for this change.</summary>
    int MessagesOf(QueueRequest request) => 0;

    /// <summary>Locks, taken before the changes are stored: rows of one table in the order of their keys. <paramref name="requests"/>: those that concern it.</summary>
    IEnumerable<NpgsqlBatchCommand> Before(QueueRequest[] requests) => [];

    /// <summary>
    /// What follows, after the changes are stored. A change may have been refused because the row had moved on: join
    /// <c>queue_requests r</c> and ask for <see cref="StoredHere"/>. Outbox rows that it inserts with
    /// <c>due_at = now() + <paramref name="claim"/></c> and gives back (<see cref="Posted"/>) are sent right after the commit.
    /// </summary>
    IEnumerable<NpgsqlBatchCommand> After(QueueRequest[] requests, TimeSpan claim) => [];

    /// <summary>Condition on <c>queue_requests r</c>: this very transaction stored a change of it.</summary>
    const string StoredHere = "r.xmin = pg_current_xact_id()::xid";

    /// <summary>The columns of a statement that gives outbox rows back, in this order; the first one's name tells it from others.</summary>
    const string Posted = "id as posted, message_id, destination, body";
}
