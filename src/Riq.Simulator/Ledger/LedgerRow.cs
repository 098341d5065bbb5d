namespace Riq.Simulator.Ledger;

/// <summary>One call as it went. <paramref name="Status"/> is what the client got: 0 when no whole answer reached it.</summary>
sealed record LedgerRow(long Seq, DateTimeOffset Time, string Worker, string Method, string Route, string Path, string? Marker, bool Committed, int Status, string? Fault, string? Violation);
