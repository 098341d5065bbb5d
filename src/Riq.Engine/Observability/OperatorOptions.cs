namespace Riq.Engine.Observability;

/// <summary>What operators have beside RIQ: section <c>Riq:Operators</c>.</summary>
public sealed class OperatorOptions
{
    /// <summary>What stands for the trace's id in <see cref="TraceUrl"/>.</summary>
    public const string TraceId = "{trace_id}";

    /// <summary>Where a trace can be looked at, with <c>{trace_id}</c> in it, e.g. <c>https://jaeger.example/trace/{trace_id}</c>. Default: nowhere.</summary>
    public string? TraceUrl { get; set; }

    public IEnumerable<string> Problems(string path)
    {
        if (string.IsNullOrEmpty(TraceUrl)) yield break;
        if (!TraceUrl.Contains(TraceId, StringComparison.Ordinal) || !Uri.TryCreate(TraceUrl.Replace(TraceId, "0", StringComparison.Ordinal), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            yield return $"{path}:TraceUrl must be an http or https address with {TraceId} in it, e.g. https://jaeger.example/trace/{TraceId}.";
    }

    /// <summary>The trace of a request; null when it was not sampled, or nobody knows where to look.</summary>
    public string? TraceOf(string? traceparent) => !string.IsNullOrEmpty(TraceUrl) && System.Diagnostics.ActivityContext.TryParse(traceparent, null, out var context)
        && context.TraceFlags.HasFlag(System.Diagnostics.ActivityTraceFlags.Recorded) ? TraceUrl.Replace(TraceId, context.TraceId.ToHexString(), StringComparison.Ordinal) : null;
}
