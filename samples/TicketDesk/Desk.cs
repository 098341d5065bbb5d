using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Riq.Contracts;

namespace TicketDesk;

/// <summary>
/// Sends one command per ticket, again after every start for those that it has no confirm for. The idempotency key is the ticket's own number, so
/// that a ticket that was sent twice is one request.
/// </summary>
sealed class Desk(IBus bus, Notebook notebook, IConfiguration settings, IHostApplicationLifetime application) : BackgroundService
{
    const int AtATime = 50;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var tickets = Enumerable.Range(1, settings.GetValue("Tickets", 10)).Select(n => $"ticket-{n}").ToArray();
        foreach (var some in tickets.Where(t => !notebook.IsSent(t)).Chunk(AtATime)) await Task.WhenAll(some.Select(t => Send(t, stop)));
        Console.WriteLine($"All {tickets.Length} tickets are sent.");
        while (!tickets.All(notebook.HasEnded)) await Task.Delay(Pause, TimeProvider.System, stop);
        Console.WriteLine($"All {tickets.Length} tickets have ended.");
        application.StopApplication();
    }

    async Task Send(string ticket, CancellationToken stop)
    {
        // The queue, not the message type's exchange: it is made if RIQ has never run here, and nothing is lost.
        var riq = await bus.GetSendEndpoint(new("queue:riq.submit"));
        await riq.Send(SubmitRequest.For("jira.get_task", new { TaskId = "MD-1" }) with { IdempotencyKey = ticket, Priority = "low" }, stop);
        notebook.Sent(ticket);
    }
}
