using System.Diagnostics.CodeAnalysis;

namespace Riq.Contracts;

/// <summary>What a gateway answered: a value or a refusal, never both.</summary>
/// <typeparam name="T">The value.</typeparam>
public sealed record QueueAnswer<T> where T : class
{
    QueueAnswer(T? value, QueueRefusal? refusal) => (Value, Refusal) = (value, refusal);

    /// <summary>What was asked for; null when it was refused.</summary>
    public T? Value { get; }

    /// <summary>Why not; null when <see cref="Value"/> is there.</summary>
    public QueueRefusal? Refusal { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value)), MemberNotNullWhen(false, nameof(Refusal))]
    public bool Ok => Value is not null;

    /// <summary>A value.</summary>
    public static QueueAnswer<T> Of(T value) => new(value, null);

    /// <summary>A refusal.</summary>
    public static QueueAnswer<T> Refused(QueueRefusal refusal) => new(null, refusal);
}

/// <summary>Of which kind a refusal is: what a caller may do about it.</summary>
public enum RefusalKind
{
    /// <summary>What was asked for is wrong in itself, or its idempotency key was used with other content. Mend it.</summary>
    Invalid,
    /// <summary>The API key is missing, unknown or may not do this.</summary>
    NotAllowed,
    /// <summary>There is no such request, for this client.</summary>
    NotFound,
    /// <summary>The request's status does not permit it.</summary>
    Conflict,
    /// <summary>The queue is full or the client too fast: nothing was stored, try later.</summary>
    Busy,
    /// <summary>
    /// RIQ did not answer in time, also after repetitions. A submission may have been stored all the same: submit it again with the same
    /// <see cref="QueueRefusal.IdempotencyKey"/>.
    /// </summary>
    Unavailable,
}

/// <summary>Why a gateway did not do what was asked.</summary>
/// <param name="Kind">What a caller may do about it.</param>
/// <param name="Title">What happened, in a few words.</param>
/// <param name="Detail">What to do about it.</param>
public sealed record QueueRefusal(RefusalKind Kind, string Title, string Detail)
{
    /// <summary>What is wrong with each field; empty when that is not what it is about.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>When to come back, at the earliest; null when nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The HTTP status; null when the refusal did not come over HTTP.</summary>
    public int? Status { get; init; }

    /// <summary>The key that the submission was sent with; null when it was about something else.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Everything in one line, for logs and messages: the faults by field where there are any.</summary>
    public override string ToString() => Errors.Count > 0
        ? $"{Title}: {string.Join(" ", Errors.SelectMany(e => e.Value.Select(p => $"{e.Key} {p}")))}"
        : $"{Title}. {Detail}";
}
