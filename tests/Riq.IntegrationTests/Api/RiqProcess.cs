using System.Diagnostics;
using Riq.Api;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Api;

/// <summary>The API program as a process of its own: what it says and how it ends.</summary>
static class RiqProcess
{
    // Words of an exception that nobody has translated for people.
    static readonly string[] StackTrace = ["   at ", "Unhandled exception", "Exception:"];

    /// <summary>Runs the program until it ends. What it says on standard error must be readable.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit * 2);
        try { await process.WaitForExitAsync(limit.Token); }
        finally { if (!process.HasExited) process.Kill(entireProcessTree: true); }
        foreach (var word in StackTrace) Assert.DoesNotContain(word, await error, StringComparison.Ordinal);
        return (process.ExitCode, await output, await error);
    }

    static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(typeof(ApiHost).Assembly.Location, null)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
