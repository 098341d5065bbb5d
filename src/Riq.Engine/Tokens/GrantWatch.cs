using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>Lets every process know within a second what others found out about the services' credentials.</summary>
sealed class GrantWatch(TokenManager tokens, TimeProvider time, ILogger<GrantWatch> log) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        if (!tokens.HasServices) return;
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            try { await tokens.Watch(stop); }
            catch (Exception e) when (!stop.IsCancellationRequested && Database.IsOutage(e)) { log.GrantsAway(e.Message); }
            // The schema is older than this process: it is brought up to date in a moment, or the operator is told by what needs it.
            catch (Npgsql.PostgresException e) { log.GrantsAway(e.Message); }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }
}
