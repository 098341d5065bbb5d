using Riq.Simulator.Exchange;
using Riq.Simulator.Settings;
using Riq.Simulator.Tokens;

namespace Riq.Simulator.Ledger;

/// <summary>
/// The calls in the order of their ends, append-only, in a ring: the oldest are overwritten when it is full. Adding takes no
/// lock. What must not be lost with old rows (violations, repeated errors) is counted beside it.
/// </summary>
sealed class CallLedger(LiveSettings settings, PermanentErrors permanentErrors)
{
    const int ExamplesKept = 100;

    readonly System.Collections.Concurrent.ConcurrentQueue<LedgerRow> _violations = new();
    volatile LedgerRow?[] _rows = new LedgerRow?[settings.Current.LedgerCapacity];
    long _last;
    long _violationCount, _lostTokenAnswers;

    public long Last => Volatile.Read(ref _last);
    public long Violations => Volatile.Read(ref _violationCount);

    /// <summary>Refreshes whose answer a fault has withheld or spoilt.</summary>
    public long LostTokenAnswers => Volatile.Read(ref _lostTokenAnswers);

    /// <summary>The first violations, at most 100.</summary>
    public IEnumerable<LedgerRow> ViolationExamples => _violations;

    public void Add(Call call, int status, string? fault, string? violation)
    {
        var rows = _rows;
        var seq = Interlocked.Increment(ref _last);
        var row = new LedgerRow(seq, call.At, call.Worker, call.Method, call.Route.Template, call.Path, call.Marker, call.Committed, status, fault, violation);
        Volatile.Write(ref rows[seq % rows.Length], row);
        permanentErrors.Note(row);
        if (row is { Path: TokenRoutes.Path, Committed: true, Fault: not null }) Interlocked.Increment(ref _lostTokenAnswers);
        if (violation is null) return;
        Interlocked.Increment(ref _violationCount);
        if (_violations.Count < ExamplesKept) _violations.Enqueue(row);
    }

    /// <summary>The rows after <paramref name="since"/> that are still there, oldest first.</summary>
    public IEnumerable<LedgerRow> After(long since)
    {
        var rows = _rows;
        var last = Last;
        for (var seq = Math.Max(since, last - rows.Length) + 1; seq <= last; seq++)
            if (Volatile.Read(ref rows[seq % rows.Length]) is { } row && row.Seq == seq) yield return row;
    }

    public void Reset()
    {
        _rows = new LedgerRow?[settings.Current.LedgerCapacity];
        Volatile.Write(ref _last, 0);
        Volatile.Write(ref _violationCount, 0);
        Volatile.Write(ref _lostTokenAnswers, 0);
        _violations.Clear();
        permanentErrors.Reset();
    }
}
