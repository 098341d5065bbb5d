using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>Submissions over the bus by a service that is killed, through a broker that is restarted.</summary>
public sealed class BusTests
{
    const int Tickets = 2_000;

    [Fact]
    public async Task Two_thousand_submissions_of_a_killed_publisher_through_a_restarted_broker_are_exactly_two_thousand_requests()
    {
        await using var broker = await LocalServer.RabbitMq();
        await using var riq = await RiqInstallation.Create();
        var rabbitMq = $"amqp://guest:guest@127.0.0.1:{broker.Port}/";
        riq.With("Riq__RabbitMq", rabbitMq).With("Riq__Services__jira__Concurrency", "40").With("Riq__LostAfter", "00:00:03").With("Riq__OutboxClaim", "00:00:03").With("Riq__SweepInterval", "00:00:00.200");
        await riq.StartSimulator();
        await riq.StartApi();
        await riq.StartWorker();
        await using var desk = new TicketDesk(rabbitMq, Tickets);

        desk.Start();
        await Eventually.True(async () => await Stored(riq) >= 500, TimeSpan.FromMinutes(2));
        await desk.Kill();
        desk.Start();
        await Eventually.True(async () => await Stored(riq) >= 1_200, TimeSpan.FromMinutes(2));
        await broker.Stop();
        await broker.Start();
        // It hears how each of them ended, also of those that ended while it was down.
        Assert.True(await desk.Finished(TimeSpan.FromMinutes(3)) == 0, desk.Output);

        Assert.Equal(Tickets, await Stored(riq));
        Assert.Equal(Tickets, await riq.Database.Scalar<long>("select count(distinct idempotency_key) from queue_requests where idempotency_key ~ '^ticket-[0-9]+$' and status = 'completed'"));
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from refused_submissions"));
    }

    static Task<long> Stored(RiqInstallation riq) => riq.Database.Scalar<long>("select count(*) from queue_requests");
}
