namespace Riq.Engine.Timeline;

/// <summary>What is told to listeners on the bus and over HTTP: section <c>Riq:Events</c>.</summary>
public sealed class EventOptions
{
    /// <summary>Whether events about requests and circuits are published on the bus. Default true; without listeners it costs next to nothing.</summary>
    public bool Publish { get; set; } = true;

    /// <summary>The longest silence on a stream of server-sent events before a comment shows that it is alive. Default 15 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How far back a stream can be resumed. Default 24 h.</summary>
    public TimeSpan Replay { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Streams that one API process keeps open at a time. Default 5,000.</summary>
    public int MaxListeners { get; set; } = 5_000;

    public IEnumerable<string> Problems(string path)
    {
        if (Heartbeat < TimeSpan.FromMilliseconds(50) || Heartbeat > TimeSpan.FromMinutes(5)) yield return $"{path}:Heartbeat must be between 00:00:00.050 and 00:05:00.";
        if (Replay < TimeSpan.Zero || Replay > TimeSpan.FromDays(6)) yield return $"{path}:Replay must be at most 6 days, so that it ends before requests are cleaned up.";
        if (MaxListeners < 1) yield return $"{path}:MaxListeners must be at least 1.";
    }
}
