using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

/// <summary>A gate that is held, blocked and opened again while work runs inside and waits outside.</summary>
public class GateStateTests
{
    readonly ServiceGate _gate = new(2, TimeSpan.FromMinutes(5), TimeProvider.System);

    Task<bool> Enter(string priority = "normal") => _gate.Enter(priority).AsTask();

    [Fact]
    public async Task A_held_gate_lets_nobody_in_and_sends_nobody_away()
    {
        _gate.Turn(GateState.Held);
        var (low, normal, high) = (Enter("low"), Enter(), Enter("high"));
        Assert.Equal((0, 3), (_gate.InUse, _gate.Waiting));
        _gate.Turn(GateState.Open);
        Assert.True(await high && await normal);
        Assert.False(low.IsCompleted);
        _gate.Leave();
        Assert.True(await low);
    }

    [Fact]
    public async Task A_slot_that_falls_free_while_it_is_held_is_handed_out_when_it_opens()
    {
        Assert.True(await Enter() && await Enter());
        var waiting = Enter();
        _gate.Turn(GateState.Held);
        _gate.Leave();
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1, _gate.InUse);
        _gate.Turn(GateState.Open);
        Assert.True(await waiting);
        Assert.Equal(2, _gate.InUse);
    }

    [Fact]
    public async Task A_blocked_gate_sends_away_who_waits_and_who_comes_and_those_inside_stay()
    {
        Assert.True(await Enter() && await Enter());
        var waiting = Enter();
        _gate.Turn(GateState.Blocked);
        Assert.False(await waiting);
        Assert.False(await Enter());
        Assert.Equal((2, 0), (_gate.InUse, _gate.Waiting));
        _gate.Leave();
        _gate.Turn(GateState.Open);
        Assert.True(await Enter());
    }

    [Fact]
    public async Task Nothing_opens_a_closed_gate()
    {
        _gate.Close();
        _gate.Turn(GateState.Open);
        Assert.Equal(GateState.Closed, _gate.State);
        Assert.False(await Enter());
    }
}
