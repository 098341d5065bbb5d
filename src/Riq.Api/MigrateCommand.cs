using Npgsql;
using Riq.Engine;
using Riq.Engine.Storage;
using Riq.Hosting;

namespace Riq.Api;

/// <summary><c>Riq.Api migrate</c>: creates or upgrades the schema and ends. Harmless when there is nothing to do.</summary>
static class MigrateCommand
{
    public static async Task<int> Run(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args[1..]).Build();
        var postgres = configuration.GetSection(RiqOptions.Section)[nameof(RiqOptions.Postgres)];
        if (string.IsNullOrEmpty(postgres)) return await HostProcess.Refuse(["Riq:Postgres is missing: give the Npgsql connection string of the schema's owner (environment: Riq__Postgres)."]);
        try
        {
            await Database.Migrate(postgres, CancellationToken.None);
            await Console.Out.WriteLineAsync("The database schema is up to date.");
            return 0;
        }
        catch (NpgsqlException e) { return await HostProcess.Refuse([$"The schema could not be brought up to date: {e.Message}"]); }
    }
}
