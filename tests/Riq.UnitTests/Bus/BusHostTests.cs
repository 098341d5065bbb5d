using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Riq.Engine.Bus;

namespace Riq.UnitTests.Bus;

public class BusHostTests
{
    readonly FakeTimeProvider _time = new();

    BusHost Host(Func<Task> start, Func<Task> stop) => new(new Depot(start, stop), _time, NullLogger<BusHost>.Instance);

    [Fact]
    public void Nobody_waits_for_RabbitMQ_at_the_start() => Assert.True(Host(() => new TaskCompletionSource().Task, () => Task.CompletedTask).StartAsync(default).IsCompletedSuccessfully);

    [Fact]
    public async Task What_keeps_the_bus_from_being_started_at_all_is_said() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Host(() => Task.FromException(new InvalidOperationException()), () => Task.CompletedTask).StartAsync(default));

    [Fact]
    public async Task A_bus_that_does_not_stop_is_left_after_thirty_seconds_and_not_before()
    {
        var stop = Host(() => Task.CompletedTask, () => new TaskCompletionSource().Task).StopAsync(default);
        _time.Advance(BusHost.StopLimit - TimeSpan.FromTicks(1));
        Assert.False(stop.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await stop;
    }

    [Fact]
    public async Task A_bus_that_stops_is_waited_for()
    {
        var stopped = new TaskCompletionSource();
        var stop = Host(() => Task.CompletedTask, () => stopped.Task).StopAsync(default);
        Assert.False(stop.IsCompleted);
        stopped.SetResult();
        await stop;
    }

    sealed class Depot(Func<Task> start, Func<Task> stop) : IBusDepot
    {
        public Task Start(CancellationToken cancellationToken) => start();
        public Task Stop(CancellationToken cancellationToken) => stop();
    }
}
