using System.Diagnostics;
using System.Text.RegularExpressions;
using Riq.TestKit.Processes;

namespace Riq.EndToEndTests;

/// <summary>The tour in the README does what it says, pasted as it stands.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_tour_works_when_pasted()
    {
        await using var riq = await RiqInstallation.Create();
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var tour = Tour().Replace("http://127.0.0.1:8080", api.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal);

        var (code, output) = await Bash($"set -eo pipefail\n{tour}");

        Assert.True(code == 0, output);
        Assert.DoesNotContain("null", output.Split('\n'));
        Assert.Contains("Try RIQ today", output, StringComparison.Ordinal);
        Assert.Contains("In Progress", output, StringComparison.Ordinal);
        Assert.Contains("must be one of: high, normal, low", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"dead\"", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"failed\"", output, StringComparison.Ordinal);
    }

    // Every shell block after the heading "A tour" and before the next heading.
    static string Tour()
    {
        var readme = File.ReadAllText(Find("README.md"));
        var tour = readme[readme.IndexOf("## A tour", StringComparison.Ordinal)..readme.IndexOf("## Settings", StringComparison.Ordinal)];
        return string.Join('\n', ShellBlock().Matches(tour).Select(m => m.Groups[1].Value));
    }

    static string Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Riq.sln"))) return Path.Combine(folder.FullName, file);
        throw new FileNotFoundException(file);
    }

    static async Task<(int Code, string Output)> Bash(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = bash.StandardError.ReadToEndAsync();
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return (bash.ExitCode, output + await errors);
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
