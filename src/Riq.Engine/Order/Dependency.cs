namespace Riq.Engine.Order;

/// <summary>Why a request waits for another one.</summary>
static class DependencyKind
{
    /// <summary>It is named in <c>depends_on</c>.</summary>
    public const string Result = "result";
    /// <summary>It is the write behind <c>after_consistency_token</c>.</summary>
    public const string Consistency = "consistency";
}

/// <summary>A request that a submission waits for.</summary>
public readonly record struct Dependency(Guid Id, string Kind);
