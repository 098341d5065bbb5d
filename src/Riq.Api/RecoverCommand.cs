using Npgsql;
using Riq.Engine.Recovery;
using Riq.Hosting;

namespace Riq.Api;

/// <summary><c>Riq.Api recover</c>: to be run after a backup was restored, before anything is started. Takes the API's settings.</summary>
static class RecoverCommand
{
    public static Task<int> Run(string[] args) => HostProcess.Guarded(async () =>
    {
        await using var app = ApiHost.Build(args[1..]);   // built for its settings and services, never started
        try
        {
            if (await app.Services.GetRequiredService<BackupRecovery>().Run(CancellationToken.None) is not { } done)
                return await HostProcess.Refuse(["RIQ still runs on this database: stop every API and worker process first. Nothing was changed."]);
            await Console.Out.WriteLineAsync(Report(done));
            return 0;
        }
        catch (NpgsqlException e) { return await HostProcess.Refuse([$"The database could not be recovered: {e.Message}. Run it again; what was done already does no harm."]); }
    });

    static string Report(Recovered done) => $"""
        The database is recovered; API and workers may be started.
          {done.LookedFor} unfinished writes are looked for at their service before they run: they may have been carried out after the backup.
          {done.RunAgain} unfinished requests run: reads, and writes that bear a repetition.
          {done.LookedForOnRetry} failed or dead writes are looked for, should they be retried.
        What was accepted after the backup is not known any more, and what ended after it ends again. A refresh token that was
        renewed after the backup is spent: a service that reports needs_reauth wants a new grant.
        """;
}
