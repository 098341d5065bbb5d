using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Xunit.Abstractions;

namespace Riq.IntegrationTests.Simulator;

/// <summary>The simulator is what published clients take for the real service: they drive it and check its answers by their own schemas.</summary>
public sealed class PublishedClientTests(ITestOutputHelper output)
{
    static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5), RunLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Published_clients_create_read_update_transition_comment_and_search()
    {
        var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "simulator-clients"));
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "jira.js")) || !Directory.Exists(Path.Combine(folder, "node_modules", "confluence.js")))
        {
            var (installed, log) = await Run("npm", ["ci", "--ignore-scripts"], folder, InstallLimit);
            Assert.True(installed == 0, $"npm ci failed in tests/simulator-clients:\n{log}");
        }

        await using var site = await RunningSimulator.Start();
        var (ended, report) = await Run("node", ["drive.mjs", site.Http.BaseAddress!.ToString().TrimEnd('/')], folder, RunLimit);
        output.WriteLine(report);
        Assert.True(ended == 0, report);
        Assert.Contains("all steps passed", report, StringComparison.Ordinal);
        Assert.Contains("jira.js ", report, StringComparison.Ordinal);
    }

    static async Task<(int Code, string Output)> Run(string program, string[] arguments, string folder, TimeSpan limit)
    {
        using var process = Start(program, arguments, folder);
        using var tooLong = new CancellationTokenSource(limit);
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(tooLong.Token), process.StandardError.ReadToEndAsync(tooLong.Token));
            await process.WaitForExitAsync(tooLong.Token);
            return (process.ExitCode, string.Concat(texts));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"{program} did not end within {limit}.");
        }
    }

    static Process Start(string program, string[] arguments, string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception missing)
        {
            Assert.Fail($"{program} cannot be run ({missing.Message}). This test drives the simulator with published clients: install the packages nodejs and npm.");
            throw;
        }
    }

    static string ThisFile([CallerFilePath] string path = "") => path;
}
