using System.Diagnostics;
using System.Text.Json;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Cli;

/// <summary><c>riq-cli</c> as a process of its own.</summary>
sealed record CliProcess(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output);

    public JsonElement[] Lines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];

    /// <summary>Runs it to its end.</summary>
    public static Task<CliProcess> Run(Uri riq, params string[] arguments) => RunWith(riq, input: "", arguments);

    /// <summary>The same with something on its standard input.</summary>
    public static async Task<CliProcess> RunWith(Uri riq, string input, params string[] arguments)
    {
        using var process = Start(riq, arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit * 4);
        try { await process.WaitForExitAsync(limit.Token); }
        finally { if (!process.HasExited) process.Kill(); }
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        return new(process.ExitCode, await output, await error);
    }

    public static Process Start(Uri riq, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Riq.Cli"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["RIQ_URL"] = riq.ToString();
        start.Environment.Remove("RIQ_API_KEY");
        return Process.Start(start)!;
    }
}
