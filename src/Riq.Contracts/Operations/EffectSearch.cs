using System.Text.Json;

namespace Riq.Contracts;

/// <summary>What a service says when it is asked whether a write took effect.</summary>
public abstract record EffectSearch
{
    EffectSearch() { }

    /// <summary>It did; <paramref name="Result"/> is what the operation would have given.</summary>
    public sealed record Found(JsonElement Result) : EffectSearch;

    /// <summary>Nothing is to be seen at the moment.</summary>
    public sealed record NotFound : EffectSearch;

    /// <summary>There are objects that may be its effect or somebody else's; a person has to decide.</summary>
    public sealed record Ambiguous(IReadOnlyList<EffectCandidate> Candidates) : EffectSearch;
}

/// <summary>An object that may be the effect of a write.</summary>
/// <param name="Id">The object's id as a result would give it.</param>
public sealed record EffectCandidate(string Id)
{
    /// <summary>One line.</summary>
    public string? Title { get; init; }
    /// <summary>UTC.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>Where a person sees it.</summary>
    public string? DeepLink { get; init; }
}
