using System.Buffers.Binary;
using System.Security.Cryptography;
using Riq.Contracts;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;

namespace Riq.Engine.Timeline;

/// <summary>A change as the event that is published for it.</summary>
static class BusEvent
{
    public static object Of(Change c) => c.Status switch
    {
        RequestStatus.Queued => new RequestQueued(c.Token, c.Operation, c.Service, c.ClientId, c.Attempt, c.Position.Version, c.At, c.IdempotencyKey, c.ErrorCode, c.NextAttemptAt),
        RequestStatus.Processing => new RequestStarted(c.Token, c.Operation, c.Service, c.ClientId, c.Attempt, c.Position.Version, c.At, c.IdempotencyKey, c.By ?? ""),
        RequestStatus.Completed => new RequestCompleted(c.Token, c.Operation, c.Service, c.ClientId, c.Attempt, c.Position.Version, c.At, c.IdempotencyKey),
        RequestStatus.Dead => new RequestDead(c.Token, c.Operation, c.Service, c.ClientId, c.Attempt, c.Position.Version, c.At, c.IdempotencyKey, c.ErrorCode),
        _ => new RequestFailed(c.Token, c.Operation, c.Service, c.ClientId, c.Attempt, c.Position.Version, c.At, c.IdempotencyKey, c.ErrorCode),
    };

    public static OutboxMessage MessageOf(Change change)
    {
        var (id, happened) = (IdOf(change.Position), Of(change));
        return new(id, id, Destinations.Event(happened.GetType()), Envelope.Event(id, happened));
    }

    /// <summary>The same change always has the same message id, so that listeners can drop what comes twice.</summary>
    static Guid IdOf(ChangePosition position)
    {
        Span<byte> facts = stackalloc byte[24], hash = stackalloc byte[SHA256.HashSizeInBytes];
        position.RequestId.TryWriteBytes(facts, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(facts[16..], position.Version);
        SHA256.HashData(facts, hash);
        hash[6] = (byte)(hash[6] & 0x0F | 0x80);   // UUID version 8: made by us
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
