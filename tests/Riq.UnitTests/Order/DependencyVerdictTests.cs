using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Order;

/// <summary>What a waiting request does when something that it waits for has changed.</summary>
public class DependencyVerdictTests
{
    static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);
    static readonly string?[] Statuses = [.. RequestStatus.All, null];

    [Theory]
    [InlineData("result", "completed", 9_999, null), InlineData("result", "failed", 0, "DEPENDENCY_FAILED"), InlineData("result", "dead", 0, "DEPENDENCY_FAILED"), InlineData("result", null, 0, "DEPENDENCY_FAILED")]
    [InlineData("consistency", "completed", 300, null), InlineData("consistency", "completed", 301, "CONSISTENCY_TOKEN_EXPIRED")]
    [InlineData("consistency", "failed", 0, "CONSISTENCY_TOKEN_INVALID"), InlineData("consistency", "dead", 0, "CONSISTENCY_TOKEN_INVALID"), InlineData("consistency", null, 0, "CONSISTENCY_TOKEN_INVALID")]
    public void An_end_lets_it_go_or_fails_it(string kind, string? status, int secondsAgo, string? code)
    {
        var dependency = new OpenDependency(Guid.CreateVersion7(), kind, status, TimeSpan.FromSeconds(secondsAgo));
        var verdict = DependencyVerdict.Of([dependency], Lifetime);
        Assert.Equal((code, 0), (verdict.ErrorCode, verdict.Pending));
        if (code is null) Assert.Equal([dependency], verdict.Done);
        else Assert.Contains(RequestToken.Of(dependency.Id), verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_left_to_wait_for_lets_it_go() => Assert.Equal((null, 0), (DependencyVerdict.Of([], Lifetime).ErrorCode, DependencyVerdict.Of([], Lifetime).Pending));

    [Fact]
    public void It_waits_for_its_token_only_when_no_dependency_is_left()
    {
        OpenDependency dependency = new(Guid.CreateVersion7(), DependencyKind.Result, "queued", default), token = new(Guid.CreateVersion7(), DependencyKind.Consistency, "processing", default);
        Assert.Equal(WaitingFor.Dependencies, DependencyVerdict.Of([token, dependency], Lifetime).WaitingFor);
        Assert.Equal(WaitingFor.ConsistencyToken, DependencyVerdict.Of([token], Lifetime).WaitingFor);
    }

    [Property(MaxTest = 500)]
    public void Whatever_it_waits_for_it_runs_fails_or_waits_and_never_two_of_these(byte[] facts)
    {
        var open = facts.Select(f => new OpenDependency(Guid.CreateVersion7(), f % 2 == 0 ? DependencyKind.Result : DependencyKind.Consistency, Statuses[f / 2 % Statuses.Length], TimeSpan.FromSeconds(f * 2))).ToArray();
        var verdict = DependencyVerdict.Of(open, Lifetime);
        var bad = open.Any(d => d.Status is null or "failed" or "dead" || d is { Kind: DependencyKind.Consistency, Status: "completed" } && d.EndedSince > Lifetime);
        Assert.Equal(bad, verdict.ErrorCode is not null);
        if (bad) { Assert.Equal((0, 0), (verdict.Pending, verdict.Done.Count)); return; }
        Assert.Equal(open.Count(d => d.Status is "queued" or "processing"), verdict.Pending);
        Assert.Equal(open.Length, verdict.Pending + verdict.Done.Count);
    }
}
