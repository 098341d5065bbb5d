using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Riq.Engine.Execution;
using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

/// <summary>Which requests a worker brings forward for clients whose commands lie behind another's.</summary>
public class TurnRuleTests
{
    static readonly HashSet<Guid> Nothing = [];

    static ExecuteRequest[] Of(string client, int count) => [.. Enumerable.Range(0, count).Select(_ => new ExecuteRequest(Guid.NewGuid(), 1, client))];

    static ExecuteRequest[] Choose(ExecuteRequest[] waiting, Dictionary<string, int>? here = null, HashSet<Guid>? ahead = null, int share = 4, WorkerPlace? worker = null) =>
        TurnRule.Choose(new([.. waiting.Select(w => w.Client!).Distinct()], waiting), here ?? [], ahead ?? Nothing, share, worker ?? WorkerPlace.Alone);

    [Fact]
    public void A_client_that_has_nothing_here_gets_its_share_in_its_own_order()
    {
        var (a, b) = (Of("a", 10), Of("b", 10));
        Assert.Equal(b.Take(4), Choose([.. a, .. b], here: new() { ["a"] = 18 }));
    }

    [Fact]
    public void Who_has_more_than_half_its_share_here_has_its_turns()
    {
        var b = Of("b", 10);
        Assert.Empty(Choose(b, here: new() { ["b"] = 3 }));
        Assert.Equal(2, Choose(b, here: new() { ["b"] = 2 }).Length);
    }

    [Fact]
    public void Who_has_all_that_it_waits_for_here_needs_nothing() => Assert.Empty(Choose(Of("b", 1), here: new() { ["b"] = 1 }, share: 10));

    [Fact]
    public void What_was_brought_forward_already_is_not_brought_again()
    {
        var b = Of("b", 10);
        Assert.Equal(b[2..6], Choose(b, ahead: [b[0].RequestId, b[1].RequestId]));
    }

    [Theory]
    [InlineData(18, 2, 9), InlineData(18, 3, 6), InlineData(18, 50, 1), InlineData(1, 0, 1), InlineData(18, 0, 18)]
    public void The_room_is_divided_and_nobody_is_left_without(int room, int clients, int share) => Assert.Equal(share, TurnRule.Share(room, clients));

    [Property]
    public Property Workers_that_see_the_same_choose_different_ones_and_together_all_that_they_have_room_for() =>
        Prop.ForAll(Gen.Choose(1, 8).ToArbitrary(), Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (workers, waiting, share) =>
        {
            var b = Of("b", waiting);
            var chosen = Enumerable.Range(0, workers).Select(place => Choose(b, share: share, worker: new(place, workers))).ToArray();
            var all = chosen.SelectMany(x => x).Select(r => r.RequestId).ToArray();
            return all.Distinct().Count() == all.Length && chosen.All(x => x.Length <= share)
                && (all.Length == waiting || chosen.Any(x => x.Length == share)) && (waiting == 0 || all.Contains(b[0].RequestId));
        });
}
