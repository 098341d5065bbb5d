using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using Riq.TestKit.Processes;

namespace Riq.EndToEndTests;

/// <summary>The packages as somebody gets them: packed, installed from a folder into a project that knows nothing of this repository, compiled and run.</summary>
public sealed class PackageTests : IDisposable
{
    static readonly string[] Libraries = ["Riq.Contracts", "Riq.Client", "Riq.Client.MassTransit"];
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    readonly string _folder = Directory.CreateTempSubdirectory("riq-packages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Packages => Path.Combine(_folder, "packages");

    [Fact]
    public async Task Packages_and_tool_work_where_nothing_else_of_RIQ_is()
    {
        foreach (var project in Libraries.Append("Riq.Cli"))
            await Dotnet(Solution(), "pack", $"src/{project}", "-c", "Release", "-v", "quiet", "-nologo", "--artifacts-path", Path.Combine(_folder, "artifacts"), "-o", Packages);
        foreach (var project in Libraries) IsComplete(project, $"lib/net8.0/{project}.dll", $"lib/net8.0/{project}.xml", $"lib/net10.0/{project}.dll", $"lib/net10.0/{project}.xml");
        IsComplete("Riq.Cli", "tools/net10.0/any/Riq.Cli.dll");

        await using var riq = await RiqInstallation.Create();
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var application = await Application();
        // What was made for .NET 8 runs on whatever newer runtime is here.
        foreach (var framework in new[] { "net8.0", "net10.0" })
            Assert.StartsWith("created MD-", await Dotnet(application, "exec", "--roll-forward", "Major", $"bin/Release/{framework}/App.dll", $"{api.Address}"), StringComparison.Ordinal);

        await Dotnet(application, "tool", "install", "Riq.Cli", "--tool-path", Path.Combine(_folder, "tool"), "--version", Version());
        var shown = await Run(Path.Combine(_folder, "tool", "riq-cli"), application, "--url", $"{api.Address}", "submit", "jira.get_task", """{"task_id":"MD-1"}""", "--wait", "--json");
        Assert.Equal("completed", JsonSerializer.Deserialize<JsonElement>(shown).GetProperty("status").GetString());
    }

    string Version() => Path.GetFileNameWithoutExtension(Directory.GetFiles(Packages, "Riq.Cli.*.nupkg").Single())["Riq.Cli.".Length..];

    // Files, and what a package says of itself.
    void IsComplete(string package, params string[] files)
    {
        using var zip = ZipFile.OpenRead(Path.Combine(Packages, $"{package}.{Version()}.nupkg"));
        var names = zip.Entries.Select(e => e.FullName).ToArray();
        foreach (var file in files.Append("README.md")) Assert.Contains(file, names);
        using var stream = zip.GetEntry($"{package}.nuspec")!.Open();
        var facts = XDocument.Load(stream).Root!.Elements().Single().Elements().ToDictionary(e => e.Name.LocalName, e => e.Value);
        foreach (var fact in new[] { "authors", "description", "tags", "readme" }) Assert.False(string.IsNullOrWhiteSpace(facts.GetValueOrDefault(fact)), $"{package} has no {fact}.");
        Assert.NotEqual("Package Description", facts["description"]);
        if (package != "Riq.Cli") Assert.True(File.Exists(Path.Combine(Packages, $"{package}.{Version()}.snupkg")), $"{package} has no symbols.");
    }

    // RIQ's packages come from the folder alone, into a cache of its own: the machine's may hold older ones of the same version.
    async Task<string> Application()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "application")).FullName;
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // Temporary files may lie below this repository, whose settings are not an application's.
        foreach (var inherited in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" }) await File.WriteAllTextAsync(Path.Combine(folder, inherited), "<Project />");
        await File.WriteAllTextAsync(Path.Combine(folder, ".editorconfig"), "root = true\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder}/cache" /></config>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
              <packageSources><add key="packed" value="{Packages}" /></packageSources>
            </configuration>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFrameworks>net8.0;net10.0</TargetFrameworks><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings><UseAppHost>false</UseAppHost><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup>
              <ItemGroup><PackageReference Include="Riq.Client.MassTransit" Version="{Version()}" /></ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), """
            using MassTransit;
            using Microsoft.Extensions.DependencyInjection;
            using Riq.Client;
            using Riq.Client.MassTransit;
            using Riq.Contracts;

            var services = new ServiceCollection().AddRiqClient(o => o.Url = new Uri(args[0]));
            await using var provider = services.BuildServiceProvider();
            var created = await provider.GetRequiredService<ITaskAdapter>().CreateTask(new NewTask { ProjectId = "MD", Title = "From a package" });
            Console.WriteLine(created.Success ? $"created {created.Data!.Id}" : created.Error!.Message);
            services.AddMassTransit(x => x.AddRiqBusGateway());
            """);
        await Dotnet(folder, "build", "-c", "Release", "-v", "quiet", "-nologo");
        return folder;
    }

    static string Solution()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Riq.sln"))) return folder.FullName;
        throw new FileNotFoundException("Riq.sln");
    }

    static Task<string> Dotnet(string folder, params string[] arguments) => Run("dotnet", folder, arguments);

    static async Task<string> Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROLL_FORWARD"] = "Major";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";   // no build server outlives the test
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment.Remove("DOTNET_CLI_USE_MSBUILD_SERVER");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try { await process.WaitForExitAsync().WaitAsync(Limit); }
        finally { if (!process.HasExited) process.Kill(entireProcessTree: true); }
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}{await error}");
        return await output;
    }
}
