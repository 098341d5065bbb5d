using Npgsql;
using Riq.Engine;

namespace Riq.Api;

/// <summary>The connection string of commands that work on Postgres alone: the setting <c>Riq:Postgres</c> of the environment or the arguments.</summary>
static class PostgresSetting
{
    /// <summary>Null when there is none that can be read; <paramref name="problem"/> says why.</summary>
    public static NpgsqlConnectionStringBuilder? Read(string[] args, out string problem)
    {
        var settings = args.Where(a => a.StartsWith("--Riq:", StringComparison.Ordinal)).ToArray();
        var text = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(settings).Build().GetSection(RiqOptions.Section)[nameof(RiqOptions.Postgres)];
        problem = string.IsNullOrEmpty(text) ? "Riq:Postgres is missing: give the Npgsql connection string of the schema's owner (environment: Riq__Postgres)."
            : "Riq:Postgres is not an Npgsql connection string: it must look like Host=127.0.0.1;Database=riq;Username=riq.";
        if (string.IsNullOrEmpty(text)) return null;
        try { return new NpgsqlConnectionStringBuilder(text) is { Host: not null } server ? server : null; }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException) { return null; }
    }
}
