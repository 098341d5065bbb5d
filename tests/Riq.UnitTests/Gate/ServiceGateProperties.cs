using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Riq.Engine.Gate;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Gate;

/// <summary>The gate against a simple model of itself, and under real concurrency.</summary>
public class ServiceGateProperties
{
    static readonly TimeSpan Aging = TimeSpan.FromMinutes(5);

    [Property(MaxTest = 1000)]
    public void No_slot_is_lost_or_handed_out_twice_whatever_happens_in_whatever_order(byte slots, byte[] steps)
    {
        var time = new FakeTimeProvider();
        var gate = new ServiceGate(1 + slots % 4, Aging, time);
        var waiting = new List<(int Rank, TimeSpan Since, Task<bool> Task)>();
        var (inside, closed, clock) = (0, false, TimeSpan.Zero);
        foreach (var step in steps)
        {
            if (step == 255) Close();
            else if (step % 5 == 4) { time.Advance(TimeSpan.FromMinutes(1)); clock += TimeSpan.FromMinutes(1); }
            else if (step % 5 == 3) { if (inside > 0) Leave(); }
            else Enter(step % 3);
            Assert.Equal((inside, waiting.Count), (gate.InUse, gate.Waiting));
            Assert.InRange(inside, 0, gate.Slots);
            Assert.True(waiting.Count == 0 || inside == gate.Slots, "somebody waits while a slot is free");
        }
        while (inside > 0) Leave();
        Assert.Equal((0, 0), (gate.InUse, gate.Waiting));

        void Enter(int rank)
        {
            var entered = gate.Enter(Priorities.All[rank]).AsTask();
            if (closed) Assert.False(entered.Result);
            else if (inside < gate.Slots) { Assert.True(entered.Result); inside++; }
            else { Assert.False(entered.IsCompleted); waiting.Add((rank, clock, entered)); }
        }

        void Leave()
        {
            gate.Leave();
            var let = waiting.FindIndex(w => w.Task.IsCompleted);
            if (let < 0) { Assert.Empty(waiting); inside--; return; }
            var entered = waiting[let];
            Assert.True(entered.Task.Result);
            waiting.RemoveAt(let);
            Assert.DoesNotContain(waiting, w => w.Task.IsCompleted);
            Assert.False(waiting.Take(let).Any(w => w.Rank == entered.Rank), "overtaken within a priority");
            if (clock - entered.Since <= Aging) Assert.DoesNotContain(waiting, w => w.Rank < entered.Rank || clock - w.Since > Aging);
        }

        void Close()
        {
            gate.Close();
            Assert.All(waiting, w => Assert.False(w.Task.Result));
            waiting.Clear();
            closed = true;
        }
    }

    [Theory]
    [InlineData(1, false), InlineData(3, false), InlineData(4, true)]
    public async Task Many_at_once_never_exceed_the_slots_and_everybody_gets_an_answer(int slots, bool closeMidway)
    {
        const int Callers = 32, Rounds = 500;
        var gate = new ServiceGate(slots, Aging, TimeProvider.System);
        var (inside, most, entered, refused) = (0, 0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                if (closeMidway && caller == 0 && round == Rounds / 2) gate.Close();
                if (!await gate.Enter(Priorities.All[(caller + round) % 3])) { Interlocked.Increment(ref refused); continue; }
                Interlocked.Increment(ref entered);
                Max(ref most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                gate.Leave();
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.InRange(most, 1, slots);
        Assert.Equal(Callers * Rounds, entered + refused);
        Assert.Equal(closeMidway, refused > 0);
        Assert.Equal((0, 0), (gate.InUse, gate.Waiting));
    }

    static void Max(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
