using Npgsql;
using Riq.Engine.Storage;
using Riq.Hosting;

namespace Riq.Api;

/// <summary><c>Riq.Api migrate</c>: creates or upgrades the schema and ends. Harmless when there is nothing to do.</summary>
static class MigrateCommand
{
    public static async Task<int> Run(string[] args)
    {
        if (PostgresSetting.Read(args, out var problem) is not { } server) return await HostProcess.Refuse([problem]);
        try
        {
            await Database.Migrate(server.ConnectionString, CancellationToken.None);
            await Console.Out.WriteLineAsync("The database schema is up to date.");
            return 0;
        }
        catch (NpgsqlException e) { return await HostProcess.Refuse([$"The schema of {server.Database} at {server.Host}:{server.Port} could not be brought up to date: {e.Message}"]); }
    }
}
