namespace Riq.Bench.Report;

/// <summary>One measured value.</summary>
/// <param name="Target">The target that measured it.</param>
/// <param name="What">What was measured, for people.</param>
/// <param name="OfC">The part of the machine's yardstick C, taken just before and after.</param>
/// <param name="Goal">What it should be, for people.</param>
sealed record Figure(string Target, string What, double Value, string Unit, double? OfC = null, string? Goal = null);
