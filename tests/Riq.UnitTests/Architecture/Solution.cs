using System.Reflection;

namespace Riq.UnitTests.Architecture;

/// <summary>The assemblies and source files of the product, as the tests of its structure see them.</summary>
static class Solution
{
    public static readonly string[] Projects = ["Riq.Contracts", "Riq.Client", "Riq.Client.MassTransit", "Riq.Cli", "Riq.Adapters", "Riq.Engine", "Riq.Hosting", "Riq.Api", "Riq.Consumers", "Riq.Simulator"];

    /// <summary>The folder that holds <c>Riq.sln</c>.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static Assembly Assembly(string project) => System.Reflection.Assembly.Load(project);

    /// <summary>Every source file of the product, but generated ones.</summary>
    public static IEnumerable<string> Sources(string under = "src") => Directory.EnumerateFiles(Path.Combine(Root, under), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "Migrations"));

    static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "Riq.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests must run from a build inside the repository."));
}
