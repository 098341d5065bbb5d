using System.Xml.Linq;
using NetArchTest.Rules;

namespace Riq.UnitTests.Architecture;

/// <summary>Which project may know which: the arrows between them, in their assemblies and in their project files.</summary>
public class ArrowTests
{
    /// <summary>What each project may use of RIQ; everything else is forbidden.</summary>
    public static TheoryData<string, string[]> Arrows() => new()
    {
        { "Riq.Contracts", [] },
        { "Riq.Simulator", [] },
        { "Riq.Client", ["Riq.Contracts"] },
        { "Riq.Client.MassTransit", ["Riq.Contracts", "Riq.Client"] },
        { "Riq.Cli", ["Riq.Contracts", "Riq.Client"] },
        { "Riq.Adapters", ["Riq.Contracts"] },
        { "Riq.Engine", ["Riq.Contracts"] },
        { "Riq.Hosting", ["Riq.Contracts", "Riq.Engine"] },
        { "Riq.Consumers", ["Riq.Contracts", "Riq.Engine", "Riq.Adapters", "Riq.Hosting"] },
        { "Riq.Api", ["Riq.Contracts", "Riq.Engine", "Riq.Adapters", "Riq.Hosting"] },
    };

    [Theory, MemberData(nameof(Arrows))]
    public void A_project_uses_only_those_below_it(string project, string[] allowed)
    {
        var forbidden = Solution.Projects.Except([project, .. allowed]).ToArray();
        var result = Types.InAssembly(Solution.Assembly(project)).ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        Assert.True(result.IsSuccessful, $"{project} must not use {string.Join(", ", forbidden)}, but does in {string.Join(", ", result.FailingTypeNames ?? [])}");
        Assert.DoesNotContain(Solution.Assembly(project).GetReferencedAssemblies(), a => forbidden.Contains(a.Name));
    }

    [Theory, MemberData(nameof(Arrows))]
    public void A_project_file_references_only_those_below_it(string project, string[] allowed) =>
        Assert.Subset(allowed.ToHashSet(), References(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))).ToHashSet());

    [Fact]
    public void Every_project_of_the_product_has_its_arrows_stated_here()
    {
        var stated = Arrows().Select(row => (string)row[0]).ToHashSet();
        var there = Directory.EnumerateFiles(Path.Combine(Solution.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)!);
        Assert.Equal(there.Order(StringComparer.Ordinal), stated.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_rule_can_fail()
    {
        var result = Types.InAssembly(Solution.Assembly("Riq.Engine")).ShouldNot().HaveDependencyOnAny("Riq.Contracts").GetResult();
        Assert.False(result.IsSuccessful);
    }

    [Theory]
    [InlineData("Riq.Contracts"), InlineData("Riq.Client", "Microsoft.Extensions.Http")]
    public void What_applications_take_on_brings_hardly_any_packages(string project, params string[] packages)
    {
        Assert.Equal(packages, References(project, "PackageReference"));
        Assert.Empty(References(project, "FrameworkReference"));
        var own = Solution.Assembly(project).GetReferencedAssemblies().Select(a => a.Name!).Where(a => !a.StartsWith("Riq.", StringComparison.Ordinal));
        Assert.All(own, a => Assert.True(a.StartsWith("System.", StringComparison.Ordinal) || packages.Length > 0 && a.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal), a));
    }

    [Fact]
    public void The_engine_knows_neither_the_web_framework_nor_a_service()
    {
        Assert.DoesNotContain(Solution.Assembly("Riq.Engine").GetReferencedAssemblies(), a => a.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.Empty(References("Riq.Engine", "FrameworkReference"));
        var types = Types.InAssembly(Solution.Assembly("Riq.Engine")).That().HaveNameMatching("Jira|Confluence|Atlassian").GetTypes();
        Assert.Empty(types);
    }

    [Fact]
    public void Adapters_know_neither_database_nor_bus_nor_retries()
    {
        string[] forbidden = ["Npgsql", "MassTransit", "RabbitMQ", "Polly", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore"];
        var result = Types.InAssembly(Solution.Assembly("Riq.Adapters")).ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
        Assert.DoesNotContain(References("Riq.Adapters", "PackageReference"), p => forbidden.Any(f => p.StartsWith(f, StringComparison.Ordinal)));
    }

    [Fact]
    public void Only_the_engine_talks_to_the_broker()
    {
        foreach (var project in Solution.Projects.Except(["Riq.Engine"]))
            Assert.DoesNotContain(Solution.Assembly(project).GetReferencedAssemblies(), a => a.Name!.StartsWith("RabbitMQ", StringComparison.Ordinal) || a.Name == "MassTransit.RabbitMqTransport");
    }

    [Fact]
    public void Versions_of_packages_stand_in_one_place()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Solution.Root, "src"), "*.csproj", SearchOption.AllDirectories))
            Assert.DoesNotContain(XDocument.Load(file).Descendants("PackageReference"), p => p.Attribute("Version") is not null);
    }

    static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Path.Combine(Solution.Root, "src", project, project + ".csproj")).Descendants(kind).Select(r => r.Attribute("Include")!.Value);
}
