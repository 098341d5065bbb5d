using PublicApiGenerator;

namespace Riq.UnitTests.Architecture;

/// <summary>What applications compile against changes only on purpose.</summary>
public class PublicApiTests
{
    const string Approve = "RIQ_APPROVE";

    [Theory]
    [InlineData("Riq.Contracts"), InlineData("Riq.Client"), InlineData("Riq.Client.MassTransit")]
    public void The_public_surface_is_the_approved_one(string project)
    {
        var approved = Path.Combine(Solution.Root, "tests", "Riq.UnitTests", "Architecture", "PublicApi", project + ".txt");
        var actual = Solution.Assembly(project).GeneratePublicApi(new() { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable(Approve) == "1") File.WriteAllText(approved, actual);
        Assert.True(File.ReadAllText(approved) == actual, $"The public surface of {project} differs from {approved}. If that is meant, run this test with {Approve}=1 and commit the file. It is now:\n{actual}");
    }
}
