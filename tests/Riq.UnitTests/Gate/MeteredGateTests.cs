using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Riq.Engine.Gate;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Gate;

/// <summary>A gate whose work needs tokens of a shared rate limit.</summary>
public class MeteredGateTests
{
    static readonly TimeSpan Valid = TimeSpan.FromMilliseconds(500);
    readonly FakeTimeProvider _time = new();
    readonly ServiceGate _gate;
    int _asked;

    public MeteredGateTests()
    {
        _gate = new(3, TimeSpan.FromMinutes(5), _time) { TokensWanted = () => _asked++ };
        _gate.Meter(true);
    }

    void Put(int tokens) => _gate.Put(tokens, _time.GetTimestamp(), Valid);

    Task<bool> Enter(string priority = "normal", string client = "") => _gate.Enter(priority, client).AsTask();

    [Fact]
    public void Without_a_token_a_free_slot_is_of_no_use_and_tokens_are_asked_for()
    {
        var entering = Enter();
        Assert.False(entering.IsCompleted);
        Assert.Equal((1, 1, 0), (_asked, _gate.Wanted.Missing, _gate.InUse));
        Put(1);
        Assert.True(entering.IsCompletedSuccessfully);
        Assert.Equal((0, 1), (_gate.Wanted.Missing, _gate.InUse));
    }

    [Fact]
    public void No_more_tokens_are_wanted_than_there_are_free_slots()
    {
        for (var i = 0; i < 10; i++) _ = Enter();
        Assert.Equal(3, _gate.Wanted.Missing);
        Put(3);
        Assert.Equal((3, 0, 7), (_gate.InUse, _gate.Wanted.Missing, _gate.Waiting));
        _gate.Leave();
        Assert.Equal(1, _gate.Wanted.Missing);
    }

    [Fact]
    public void A_token_goes_to_the_most_urgent_at_the_moment_when_it_comes()
    {
        var low = Enter("low");
        var high = Enter("high");
        Put(1);
        Assert.True(high.IsCompleted && !low.IsCompleted);
    }

    [Fact]
    public async Task A_further_call_of_work_inside_goes_before_everybody_outside()
    {
        Put(1);
        Assert.True(_gate.TryEnter());
        var high = Enter("high");
        var call = _gate.TakeToken(default).AsTask();
        Assert.Equal(2, _gate.Wanted.Missing);
        Put(1);
        Assert.True(await call);
        Assert.False(high.IsCompleted);
        Put(1);
        Assert.True(high.IsCompleted);
    }

    [Fact]
    public void Tokens_are_void_after_their_time_and_are_given_back()
    {
        Put(5);
        _time.Advance(Valid);
        Assert.False(Enter().IsCompleted);
        Assert.Equal((1, 5), _gate.Wanted);
        Assert.Equal(5, _gate.TakeUnused());
        Assert.Equal(0, _gate.TakeUnused());
    }

    [Fact]
    public void A_token_that_was_not_used_serves_the_next_one_and_is_given_back_when_its_time_is_over()
    {
        Put(1);
        Assert.True(_gate.TryEnter());
        _gate.Leave(tokenUsed: false);
        Assert.True(_gate.TryEnter());
        _time.Advance(Valid);
        _gate.Leave(tokenUsed: false);
        Assert.Equal((0, 1), _gate.Wanted);
    }

    [Fact]
    public async Task A_gate_that_is_not_open_voids_its_tokens_and_refuses_calls_of_work_inside()
    {
        Put(3);
        Assert.True(_gate.TryEnter());
        _gate.Turn(GateState.Held);
        Assert.False(await _gate.TakeToken(default));
        Assert.Equal(2, _gate.Wanted.Unused);
        _gate.Turn(GateState.Open);
        Assert.False(_gate.TryEnter());
    }

    [Fact]
    public async Task Calls_that_wait_are_refused_when_the_gate_is_blocked_and_go_on_when_it_is_closed()
    {
        Put(1);
        Assert.True(_gate.TryEnter());
        var call = _gate.TakeToken(default).AsTask();
        _gate.Turn(GateState.Blocked);
        Assert.False(await call);
        _gate.Turn(GateState.Open);
        call = _gate.TakeToken(default).AsTask();
        _gate.Close();
        Assert.Equal(1, _gate.Wanted.Missing);
        Put(1);
        Assert.True(await call);
    }

    [Fact]
    public async Task A_call_whose_time_is_over_gives_up_and_its_token_goes_to_the_next()
    {
        Put(1);
        Assert.True(_gate.TryEnter());
        using var end = new CancellationTokenSource();
        var first = _gate.TakeToken(end.Token).AsTask();
        var second = _gate.TakeToken(default).AsTask();
        await end.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => first);
        Put(1);
        Assert.True(await second);
    }

    [Fact]
    public void When_the_limit_is_lifted_all_who_have_waited_for_it_enter()
    {
        var waiting = Enumerable.Range(0, 3).Select(_ => Enter()).ToArray();
        _gate.Meter(false);
        Assert.All(waiting, w => Assert.True(w.IsCompletedSuccessfully));
        Assert.Equal((0, 0), _gate.Wanted);
    }

    [Fact]
    public void Within_a_priority_clients_take_turns_and_of_one_client_the_first_comer_goes_first()
    {
        var order = new List<string>();
        var waiting = new[] { "a1", "a2", "a3", "a4", "b1", "b2", "c1" }.Select(n => (Name: n, Task: Enter("low", n[..1]))).ToList();
        var high = Enter("high", "a");
        Put(1);
        Assert.True(high.IsCompleted);
        while (waiting.Count > 0)
        {
            _gate.Leave();
            Put(1);
            var entered = Assert.Single(waiting, w => w.Task.IsCompleted);
            order.Add(entered.Name);
            waiting.Remove(entered);
        }
        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3", "a4"], order);
    }

    [Fact]
    public void With_fewer_slots_nobody_enters_until_enough_have_left_and_with_more_the_waiters_do()
    {
        _gate.Meter(false);
        Assert.True(_gate.TryEnter() && _gate.TryEnter() && _gate.TryEnter());
        _gate.Resize(1);
        var waiting = Enter();
        _gate.Leave();
        _gate.Leave();
        Assert.False(waiting.IsCompleted);
        _gate.Leave();
        Assert.True(waiting.IsCompleted);
        var next = Enter();
        _gate.Resize(2);
        Assert.True(next.IsCompleted);
    }

    [Property(MaxTest = 500)]
    public void No_token_is_used_twice_or_lost_whatever_happens_in_whatever_order(byte[] steps)
    {
        var time = new FakeTimeProvider();
        var gate = new ServiceGate(3, TimeSpan.FromMinutes(5), time);
        gate.Meter(true);
        var (put, back, given, waiting) = (0, 0, 0, new List<Task<bool>>());
        var inside = 0;
        foreach (var step in steps)
        {
            switch (step % 6)
            {
                case 0: waiting.Add(gate.Enter(Priorities.All[step % 3], $"{step % 4}").AsTask()); break;
                case 1: put += step % 5; gate.Put(step % 5, time.GetTimestamp(), Valid); break;
                case 2 when inside > 0: inside--; gate.Leave(); break;
                case 3 when inside > 0: inside--; back++; gate.Leave(tokenUsed: false); break;
                case 4: time.Advance(TimeSpan.FromMilliseconds(step)); break;
                case 5: given += gate.TakeUnused(); break;
            }
            var entered = waiting.RemoveAll(w => w.IsCompleted);
            (inside, put) = (inside + entered, put - entered);
            Assert.Equal(inside, gate.InUse);
            Assert.InRange(inside, 0, 3);
            Assert.True(put + back - given >= 0, "more have entered than tokens came");
        }
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(put + back - given, gate.TakeUnused());
    }
}
