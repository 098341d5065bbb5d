using System.Diagnostics;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Observability;

/// <summary>A program of the machine, run to its end.</summary>
static class Tool
{
    /// <summary>The folder with RIQ's files for Prometheus and Grafana.</summary>
    public static string Infra { get; } = Path.GetDirectoryName(TestKit.Servers.TestServers.Scripts.TrimEnd('/'))!;

    public static string Repository { get; } = Path.GetDirectoryName(Infra)!;

    public static async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }
}
