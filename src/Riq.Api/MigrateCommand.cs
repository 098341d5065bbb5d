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
        if (Server(postgres) is not { } server) return await HostProcess.Refuse(["Riq:Postgres is not an Npgsql connection string: it must look like Host=127.0.0.1;Database=riq;Username=riq."]);
        try
        {
            await Database.Migrate(postgres, CancellationToken.None);
            await Console.Out.WriteLineAsync("The database schema is up to date.");
            return 0;
        }
        catch (NpgsqlException e) { return await HostProcess.Refuse([$"The schema of {server.Database} at {server.Host}:{server.Port} could not be brought up to date: {e.Message}"]); }
    }

    // Null when the text can't be read.
    static NpgsqlConnectionStringBuilder? Server(string connectionString)
    {
        try { return new NpgsqlConnectionStringBuilder(connectionString) is { Host: not null } server ? server : null; }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException) { return null; }
    }
}
