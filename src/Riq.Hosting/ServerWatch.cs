using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Hosting;

/// <summary>
/// Says at start which server the process still waits for, where, and why. It waits by itself: everything in it that needs Postgres or RabbitMQ tries until it
/// gets there, and <c>/health/ready</c> tells the same. Ends when both were there once; later absences are told by whoever meets them.
/// </summary>
sealed partial class ServerWatch(Database database, BrokerPublisher broker, RiqOptions options, TimeProvider time, ILogger<ServerWatch> log) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500), Limit = TimeSpan.FromSeconds(5), Repeat = TimeSpan.FromSeconds(30);

    protected override Task ExecuteAsync(CancellationToken stop)
    {
        var postgres = new NpgsqlConnectionStringBuilder(options.Postgres);
        return Task.WhenAll(
            Watch("Postgres", $"{postgres.Host}:{postgres.Port}, database {postgres.Database}", () => database.Problem(Limit, stop), stop),
            Watch("RabbitMQ", options.Broker.ToString(), () => Task.FromResult(broker.Problem), stop));
    }

    async Task Watch(string server, string place, Func<Task<string?>> problem, CancellationToken stop)
    {
        var (told, at) = ((string?)null, 0L);
        while (!stop.IsCancellationRequested && await problem() is { } reason)
        {
            if (reason != told || time.GetElapsedTime(at) > Repeat)
            {
                Waiting(log, server, place, reason);
                (told, at) = (reason, time.GetTimestamp());
            }
            await Task.Delay(Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (!stop.IsCancellationRequested) There(log, server, place);
    }

    [LoggerMessage(320, LogLevel.Warning, "Waiting for {Server} at {Place}: {Reason}")]
    static partial void Waiting(ILogger log, string server, string place, string reason);

    [LoggerMessage(321, LogLevel.Information, "{Server} at {Place} is there.")]
    static partial void There(ILogger log, string server, string place);
}
