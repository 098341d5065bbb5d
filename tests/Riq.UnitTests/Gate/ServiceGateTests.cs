using Microsoft.Extensions.Time.Testing;
using Riq.Engine;
using Riq.Engine.Gate;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Gate;

public class ServiceGateTests
{
    static readonly TimeSpan Aging = TimeSpan.FromMinutes(5);
    readonly FakeTimeProvider _time = new();

    ServiceGate Gate(int slots) => new(slots, Aging, _time);

    [Fact]
    public void As_many_as_there_are_slots_get_in_at_once()
    {
        var gate = Gate(3);
        for (var i = 0; i < 3; i++) Assert.True(Entered(gate.Enter(Priorities.Low)));
        Assert.False(gate.Enter(Priorities.High).IsCompleted);
        Assert.Equal((3, 3, 1), (gate.Slots, gate.InUse, gate.Waiting));
    }

    [Fact]
    public async Task A_slot_given_back_goes_to_the_waiter_and_not_to_the_next_comer()
    {
        var gate = Gate(1);
        Assert.True(await gate.Enter(Priorities.Normal));
        var waiter = gate.Enter(Priorities.Low);
        gate.Leave();
        Assert.True(Entered(waiter));
        Assert.False(gate.Enter(Priorities.High).IsCompleted);
        Assert.Equal((1, 1), (gate.InUse, gate.Waiting));
    }

    [Fact]
    public void A_slot_given_back_without_waiters_is_free()
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.Normal)));
        gate.Leave();
        Assert.Equal((0, 0), (gate.InUse, gate.Waiting));
        Assert.True(Entered(gate.Enter(Priorities.Normal)));
    }

    [Fact]
    public void High_goes_before_normal_before_low_and_within_a_priority_the_first_comer()
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.Normal)));
        string[] arrivals = ["low", "normal", "high", "low", "high", "normal", "high"];
        var order = Order(gate, arrivals);
        Assert.Equal(["high 2", "high 4", "high 6", "normal 1", "normal 5", "low 0", "low 3"], order);
    }

    [Fact]
    public void A_more_urgent_latecomer_overtakes_who_waits_already()
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.Low)));
        var low = gate.Enter(Priorities.Low);
        var high = gate.Enter(Priorities.High);
        gate.Leave();
        Assert.True(Entered(high));
        Assert.False(low.IsCompleted);
    }

    [Theory]
    [InlineData(Priorities.Low), InlineData(Priorities.Normal)]
    public void Who_has_waited_longer_than_the_aging_time_goes_before_more_urgent_ones(string priority)
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.High)));
        var patient = gate.Enter(priority);
        _time.Advance(Aging + TimeSpan.FromMilliseconds(1));
        var high = gate.Enter(Priorities.High);
        gate.Leave();
        Assert.True(Entered(patient));
        Assert.False(high.IsCompleted);
    }

    [Fact]
    public void Who_has_waited_for_less_than_the_aging_time_stays_behind()
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.High)));
        var low = gate.Enter(Priorities.Low);
        _time.Advance(Aging - TimeSpan.FromMilliseconds(1));
        var high = gate.Enter(Priorities.High);
        gate.Leave();
        Assert.True(Entered(high));
        Assert.False(low.IsCompleted);
    }

    [Fact]
    public void Among_those_who_have_aged_the_one_who_has_waited_longest_goes_first()
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.High)));
        var normal = gate.Enter(Priorities.Normal);
        _time.Advance(TimeSpan.FromMinutes(1));
        var low = gate.Enter(Priorities.Low);
        _time.Advance(Aging + TimeSpan.FromMinutes(1));
        gate.Leave();
        Assert.True(Entered(normal), "a low one that came a minute later went ahead of an aged normal one");
        Assert.False(low.IsCompleted);
    }

    [Fact]
    public void Nobody_starves_while_aged_low_ones_keep_coming()
    {
        // One slot, one leaves and one low one comes a minute, ten low ones ahead: whoever comes has aged when its turn is near.
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter(Priorities.Low)));
        for (var i = 0; i < 10; i++) _ = gate.Enter(Priorities.Low).AsTask();
        _time.Advance(Aging);
        var urgent = gate.Enter(Priorities.High);
        for (var minute = 0; minute < 1000 && !urgent.IsCompleted; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            _ = gate.Enter(Priorities.Low).AsTask();
            gate.Leave();
        }
        Assert.True(Entered(urgent), "a high one waited 1,000 minutes behind aged low ones that came after it");
    }

    [Fact]
    public void An_unknown_priority_counts_as_low()
    {
        var gate = Gate(1);
        Assert.True(Entered(gate.Enter("whatever")));
        var unknown = gate.Enter("whatever");
        var normal = gate.Enter(Priorities.Normal);
        gate.Leave();
        Assert.True(Entered(normal));
        Assert.False(unknown.IsCompleted);
    }

    [Fact]
    public async Task Closing_sends_the_waiters_away_and_lets_nobody_in()
    {
        var gate = Gate(1);
        Assert.True(await gate.Enter(Priorities.High));
        var waiters = Priorities.All.Select(p => gate.Enter(p).AsTask()).ToArray();
        gate.Close();
        Assert.All(await Task.WhenAll(waiters), Assert.False);
        Assert.False(await gate.Enter(Priorities.High));
        Assert.Equal((1, 0), (gate.InUse, gate.Waiting));   // the work inside goes on
        gate.Leave();
        Assert.Equal(0, gate.InUse);
        Assert.False(await gate.Enter(Priorities.High));
        gate.Close();
    }

    [Fact]
    public void Each_service_has_one_gate_of_its_configured_size()
    {
        var options = new RiqOptions { Services = { ["jira"] = new() { Concurrency = 2 }, ["confluence"] = new() } };
        var gates = new Gates(options, _time);
        Assert.Same(gates.Of("jira"), gates.Of("jira"));
        Assert.NotSame(gates.Of("jira"), gates.Of("confluence"));
        Assert.Equal([2, 3, 5], new[] { "jira", "confluence", "other" }.Select(s => gates.Of(s).Slots));
    }

    [Fact]
    public async Task Closing_all_gates_closes_those_too_that_nobody_has_used_yet()
    {
        var gates = new Gates(new(), _time);
        Assert.True(await gates.Of("jira").Enter(Priorities.High));
        gates.CloseAll();
        Assert.False(await gates.Of("jira").Enter(Priorities.High));
        Assert.False(await gates.Of("confluence").Enter(Priorities.High));
    }

    // Lets everybody arrive, then gives the slot back once for each and notes who gets it.
    static List<string> Order(ServiceGate gate, string[] arrivals)
    {
        var waiting = arrivals.Select((priority, i) => (Name: $"{priority} {i}", Task: gate.Enter(priority).AsTask())).ToList();
        var order = new List<string>();
        while (waiting.Count > 0)
        {
            gate.Leave();
            var entered = Assert.Single(waiting, w => w.Task.IsCompletedSuccessfully);
            order.Add(entered.Name);
            waiting.Remove(entered);
        }
        return order;
    }

    static bool Entered(ValueTask<bool> enter) => enter.IsCompletedSuccessfully && enter.Result;
}
