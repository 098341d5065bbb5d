using FsCheck.Xunit;
using Riq.Engine.Timeline;

namespace Riq.UnitTests.Timeline;

/// <summary>The ids of server-sent events.</summary>
public class ChangePositionTests
{
    [Property]
    public bool An_id_is_read_as_it_was_written(ulong xid, Guid request, uint version) =>
        ChangePosition.TryParse(new ChangePosition(xid, request, version).ToString(), out var read) && read == new ChangePosition(xid, request, version);

    [Theory]
    [InlineData(null), InlineData(""), InlineData("1"), InlineData("1-2-3"), InlineData("x-0197f0c2a1b27c3d8e4f5a6b7c8d9e0f-1"), InlineData("1-0197f0c2a1b27c3d8e4f5a6b7c8d9e0f--1"), InlineData("1-0197f0c2a1b27c3d8e4f5a6b7c8d9e0f-1-1")]
    public void Anything_else_is_no_id(string? text) => Assert.False(ChangePosition.TryParse(text, out _));

    [Fact]
    public void The_order_is_by_transaction_then_by_request_as_Postgres_orders_it_then_by_version()
    {
        var (low, high) = (Guid.Parse("0197f0c2-a1b2-7c3d-8e4f-5a6b7c8d9e0f"), Guid.Parse("f197f0c2-a1b2-7c3d-8e4f-5a6b7c8d9e0f"));
        ChangePosition[] ordered = [ChangePosition.Before(5), new(5, low, 1), new(5, low, 2), new(5, high, 1), ChangePosition.Before(6), new(6, low, 1)];
        Assert.Equal(ordered, ordered.Reverse().Order());
    }
}
