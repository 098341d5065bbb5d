using FsCheck.Xunit;
using Riq.Engine.Results;

namespace Riq.UnitTests.Results;

public class WaitersTests
{
    readonly Waiters _waiters = new();
    readonly Guid _id = Guid.CreateVersion7();

    [Fact]
    public void Waking_a_request_completes_all_that_hold_it_and_nobody_else()
    {
        var (one, two, other) = (_waiters.Hold(_id), _waiters.Hold(_id), _waiters.Hold(Guid.CreateVersion7()));
        _waiters.Wake(_id);
        Assert.True(one.IsCompletedSuccessfully && two.IsCompletedSuccessfully);
        Assert.False(other.IsCompleted);
        Assert.Equal(1, _waiters.Count);
    }

    [Fact]
    public void Waking_what_nobody_waits_for_does_nothing()
    {
        _waiters.Wake(_id);
        Assert.False(_waiters.Hold(_id).IsCompleted);   // the next end counts, not an earlier one
    }

    [Fact]
    public void A_request_is_forgotten_when_its_last_holder_lets_go()
    {
        var (one, two) = (_waiters.Hold(_id), _waiters.Hold(_id));
        _waiters.Release(_id, one);
        Assert.Equal(1, _waiters.Count);
        _waiters.Wake(_id);
        Assert.True(two.IsCompletedSuccessfully);
        _waiters.Release(_id, two);
        Assert.Equal(0, _waiters.Count);
    }

    [Fact]
    public void Letting_go_of_an_old_signal_leaves_the_new_one_alone()
    {
        var old = _waiters.Hold(_id);
        _waiters.Wake(_id);
        var present = _waiters.Hold(_id);
        _waiters.Release(_id, old);
        Assert.Equal(1, _waiters.Count);
        _waiters.Wake(_id);
        Assert.True(present.IsCompletedSuccessfully);
    }

    [Fact]
    public void Waking_all_makes_everybody_look_again()
    {
        var held = Enumerable.Range(0, 100).Select(_ => _waiters.Hold(Guid.NewGuid())).ToArray();
        _waiters.WakeAll();
        Assert.All(held, t => Assert.True(t.IsCompletedSuccessfully));
        Assert.Equal(0, _waiters.Count);
    }

    [Fact]
    public void What_was_submitted_here_is_known_to_be_under_way_until_its_end_is_heard_of_or_may_have_been_missed()
    {
        var (ended, missed, refused) = (_id, Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var id in new[] { ended, missed, refused }) _waiters.Expect(id, "team");
        _waiters.Wake(ended);
        _waiters.Forget(refused);
        Assert.Equal((null, "team", null), (_waiters.ClientOf(ended), _waiters.ClientOf(missed), _waiters.ClientOf(refused)));
        _waiters.WakeAll();
        Assert.Null(_waiters.ClientOf(missed));
    }

    [Fact]
    public void Only_the_requests_submitted_last_are_known()
    {
        var ids = Enumerable.Range(0, 2 * Waiters.MostExpected).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var id in ids) _waiters.Expect(id, "team");
        Assert.Equal(ids[Waiters.MostExpected..], ids.Where(id => _waiters.ClientOf(id) is not null));
    }

    [Property]
    public void The_slices_together_are_all_requests_and_each_is_in_one_of_them(Guid[] ids, byte slices)
    {
        var waiters = new Waiters();
        foreach (var id in ids) _ = waiters.Hold(id);
        var parts = Enumerable.Range(0, 1 + slices % 12).Select(i => waiters.Slice(i, 1 + slices % 12)).ToArray();
        Assert.Equal(ids.Distinct().Order(), parts.SelectMany(p => p).Order());
        Assert.Equal(parts[0], waiters.Slice(0, 1 + slices % 12));
    }

    [Property(MaxTest = 500)]
    public void Nothing_leaks_whatever_holds_wakes_and_lets_go(byte[] steps)
    {
        var waiters = new Waiters();
        var ids = Enumerable.Range(0, 3).Select(i => new Guid(i, 0, 0, new byte[8])).ToArray();
        var held = new List<(Guid Id, Task Signal)>();
        foreach (var step in steps)
        {
            var id = ids[step % 3];
            switch (step / 3 % 4)
            {
                case 0 or 1: held.Add((id, waiters.Hold(id))); break;
                case 2:
                    waiters.Wake(id);
                    Assert.All(held.Where(h => h.Id == id), h => Assert.True(h.Signal.IsCompletedSuccessfully));
                    break;
                default:
                    if (held.Count == 0) break;
                    var (released, signal) = held[step % held.Count];
                    held.RemoveAt(step % held.Count);
                    waiters.Release(released, signal);
                    break;
            }
            Assert.Equal(held.Where(h => !h.Signal.IsCompleted).Select(h => h.Id).Distinct().Count(), waiters.Count);
        }
        foreach (var (id, signal) in held) waiters.Release(id, signal);
        Assert.Equal(0, waiters.Count);
    }

    [Fact]
    public async Task Under_concurrency_every_waiter_is_woken_and_nothing_is_left()
    {
        const int Requests = 50, Holders = 20;
        var ids = Enumerable.Range(0, Requests).Select(_ => Guid.NewGuid()).ToArray();
        var held = new CountdownEvent(Requests * Holders);
        var waiting = Enumerable.Range(0, Requests * Holders).Select(i => Task.Run(async () =>
        {
            var signal = _waiters.Hold(ids[i % Requests]);
            held.Signal();
            await signal;
            _waiters.Release(ids[i % Requests], signal);
        })).ToArray();
        await Task.Run(held.Wait);
        Parallel.ForEach(ids, _waiters.Wake);
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _waiters.Count);
    }
}
