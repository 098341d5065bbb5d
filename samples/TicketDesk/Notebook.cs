namespace TicketDesk;

/// <summary>What this service knows of its tickets, kept over restarts. A service of yours would have a database for it.</summary>
sealed class Notebook(string folder)
{
    readonly Lock _lock = new();
    readonly HashSet<string> _sent = Read(Path.Combine(folder, "sent.txt")), _ended = Read(Path.Combine(folder, "ended.txt"));

    public bool IsSent(string ticket) { lock (_lock) return _sent.Contains(ticket); }
    public bool HasEnded(string ticket) { lock (_lock) return _ended.Contains(ticket); }

    public void Sent(string ticket) => Note(_sent, "sent.txt", ticket);

    /// <summary>False when that was known.</summary>
    public bool Ended(string ticket) => Note(_ended, "ended.txt", ticket);

    bool Note(HashSet<string> known, string file, string ticket)
    {
        lock (_lock)
        {
            if (!known.Add(ticket)) return false;
            File.AppendAllText(Path.Combine(folder, file), ticket + "\n");
            return true;
        }
    }

    static HashSet<string> Read(string path) => File.Exists(path) ? [.. File.ReadAllLines(path)] : [];
}
