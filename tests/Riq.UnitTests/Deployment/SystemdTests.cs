using Riq.UnitTests.Architecture;

namespace Riq.UnitTests.Deployment;

/// <summary>The units start the programs that there are, with settings that exist, and give them the time that they need. systemd's own check is in infra/tests/scripts.sh.</summary>
public class SystemdTests
{
    static readonly string Folder = Path.Combine(Solution.Root, "infra", "systemd");

    public static TheoryData<string> Units => [.. Directory.GetFiles(Folder, "*.service").Select(f => Path.GetFileName(f)!)];
    public static TheoryData<string> Environments => [.. Directory.GetFiles(Folder, "*.env.example").Select(f => Path.GetFileName(f)!)];

    static string[] Values(string unit, string name) => [.. File.ReadAllLines(Path.Combine(Folder, unit)).Where(l => l.StartsWith(name + "=", StringComparison.Ordinal)).Select(l => l[(name.Length + 1)..])];

    [Theory, MemberData(nameof(Units))]
    public void It_starts_a_program_of_ours_as_the_user_of_ours_with_an_environment_that_has_an_example(string unit)
    {
        var program = Assert.Single(Values(unit, "ExecStart"));
        Assert.Matches("^/usr/bin/dotnet /opt/riq/(api/Riq\\.Api|consumers/Riq\\.Consumers)\\.dll( migrate)?$", program);
        Assert.Equal(["riq"], Values(unit, "User"));
        Assert.True(File.Exists(Path.Combine(Folder, Path.GetFileName(Assert.Single(Values(unit, "EnvironmentFile"))) + ".example")));
    }

    [Theory, MemberData(nameof(Units))]
    public void It_is_kept_from_what_it_does_not_need_and_not_started_again_with_settings_that_can_not_be_used(string unit)
    {
        Assert.Equal(["yes"], Values(unit, "NoNewPrivileges"));
        Assert.Equal(["strict"], Values(unit, "ProtectSystem"));
        Assert.Equal([""], Values(unit, "CapabilityBoundingSet"));
        Assert.Equal(["78"], Values(unit, "RestartPreventExitStatus"));
        Assert.Contains("Misconfigured = 78", Settings.File("src/Riq.Hosting/HostProcess.cs"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("riq-api.service"), InlineData("riq-worker@.service")]
    public void A_process_is_started_again_and_stops_in_its_own_time(string unit)
    {
        Assert.Equal(["notify"], Values(unit, "Type"));
        Assert.Equal(["always"], Values(unit, "Restart"));
        Assert.True(int.Parse(Values(unit, "TimeoutStopSec").Single(), System.Globalization.CultureInfo.InvariantCulture) > 60, "HostProcess ends by itself after 60 s.");
        Assert.Contains("riq-migrate.service", Values(unit, "After").Single(), StringComparison.Ordinal);
        Assert.All(Values(unit, "Environment").Single().Split(' ').Select(e => e.Split('=')[0]).Where(e => e.StartsWith("Riq__", StringComparison.Ordinal)), e => Assert.True(Settings.Exists(e), e));
    }

    [Theory, MemberData(nameof(Environments))]
    public void Settings_of_the_examples_exist(string file)
    {
        var names = File.ReadAllLines(Path.Combine(Folder, file)).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('=')[0]).ToArray();
        Assert.Contains("Riq__Postgres", names);
        Assert.All(names, n => Assert.True(Settings.Exists(n), n));
    }
}
