using System.Globalization;
using Npgsql;
using Riq.Engine;
using Riq.Engine.Cleanup;
using Riq.Engine.Storage;
using Riq.Hosting;

namespace Riq.Api.Cleanup;

/// <summary><c>Riq.Api cleanup</c>: deletes what is old, to its end.</summary>
static class CleanupCommand
{
    public static async Task<int> Run(string[] args)
    {
        if (PostgresSetting.Read(args, out var problem) is not { } server) return await HostProcess.Refuse([problem]);
        var problems = new List<string>();
        var options = SettingsReader.Read<CleanupOptions>(new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args[1..]).Build(), "Riq:Cleanup", problems);
        problems.AddRange(options.Problems("Riq:Cleanup"));
        if (problems.Count > 0) return await HostProcess.Refuse(problems);
        try
        {
            await using var database = new Database(server.ConnectionString);
            var result = await new Cleaner(database, TimeProvider.System).Run(options, TimeSpan.MaxValue, CancellationToken.None);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{result.Deleted} requests that ended more than {options.KeepFor.TotalDays:0.#} days ago are deleted."));
            return 0;
        }
        catch (Exception e) when (Database.IsOutage(e) || e is NpgsqlException) { return await HostProcess.Refuse([$"{server.Database} at {server.Host}:{server.Port} could not be cleaned up: {e.Message}"]); }
    }
}
