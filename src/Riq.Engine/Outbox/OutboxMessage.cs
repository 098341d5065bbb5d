namespace Riq.Engine.Outbox;

/// <summary>One bus message on its way to RabbitMQ.</summary>
/// <param name="Id">Key of its outbox row: the request's id for a command, so that a request never has two live ones.</param>
/// <param name="MessageId">The message's own id; listeners drop repetitions by it.</param>
/// <param name="Destination">See <see cref="Destinations"/>.</param>
/// <param name="Body">The finished envelope, sent byte for byte.</param>
sealed record OutboxMessage(Guid Id, Guid MessageId, string Destination, byte[] Body);

/// <summary>Where messages go: <c>queue:name</c> (a command; must arrive in that queue) or <c>exchange:name</c> (an event; may have no listener).</summary>
static class Destinations
{
    const string Queue = "queue:";
    const string Exchange = "exchange:";

    /// <summary>Fanout exchange of the internal event that wakes waiting clients.</summary>
    public const string EndedExchange = "riq.ended";
    public const string Ended = Exchange + EndedExchange;

    /// <summary>Where listeners of an event find it: the fanout exchange that MassTransit makes for its type.</summary>
    public static string Event(Type type) => $"{Exchange}{type.Namespace}:{type.Name}";

    /// <summary>Name of the work queue: <c>riq.&lt;service&gt;.&lt;priority&gt;</c>.</summary>
    public static string WorkQueue(string service, string priority) => $"riq.{service}.{priority}";

    public static string Work(string service, string priority) => Queue + WorkQueue(service, priority);

    /// <summary>False when the text names neither a queue nor an exchange.</summary>
    public static bool TryParse(string destination, out bool isQueue, out string name)
    {
        isQueue = destination.StartsWith(Queue, StringComparison.Ordinal);
        name = isQueue ? destination[Queue.Length..] : destination.StartsWith(Exchange, StringComparison.Ordinal) ? destination[Exchange.Length..] : "";
        return name.Length is > 0 and <= 255;
    }
}
