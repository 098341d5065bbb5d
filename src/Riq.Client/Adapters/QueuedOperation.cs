namespace Riq.Client.Adapters;

/// <summary>One call of an adapter on its way into the queue.</summary>
/// <param name="Name">The operation.</param>
/// <param name="IsWrite">Whether it changes anything.</param>
/// <param name="Payload">Written as RIQ writes JSON.</param>
/// <param name="Subject">The task or page that it is about; null when it is about none (a search) or a new one.</param>
sealed record QueuedOperation(string Name, bool IsWrite, object Payload, string? Subject)
{
    public string Service => Name[..Name.IndexOf('.')];

    public static QueuedOperation Read(string name, object payload, string? subject = null) => new(name, IsWrite: false, payload, subject);

    public static QueuedOperation Write(string name, object payload, string? subject = null) => new(name, IsWrite: true, payload, subject);
}
