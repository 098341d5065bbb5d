using YamlDotNet.RepresentationModel;

namespace Riq.UnitTests.Deployment;

/// <summary>docker-compose.yml: everything has a health check and a limit, and settings that exist.</summary>
public class ComposeTests
{
    static readonly Dictionary<string, YamlMappingNode> Services = Read();

    // Merged as Compose does it.
    static Dictionary<string, YamlMappingNode> Read()
    {
        var yaml = new YamlStream();
        using var text = new StringReader(Settings.File("docker-compose.yml"));
        yaml.Load(text);
        return ((YamlMappingNode)yaml.Documents[0].RootNode["services"]).ToDictionary(s => s.Key.ToString(), s => (YamlMappingNode)s.Value);
    }

    static YamlNode? Get(YamlNode node, string name) =>
        node is not YamlMappingNode map ? null
        : map.Children.TryGetValue(name, out var found) ? found
        : map.Children.TryGetValue("<<", out var merged) ? Get(merged, name) : null;

    [Fact]
    public void Everything_that_runs_on_has_a_limit_for_its_memory() =>
        Assert.All(Services, s => Assert.True(Get(Get(Get(Get(s.Value, "deploy") ?? s.Value, "resources") ?? s.Value, "limits") ?? s.Value, "memory") is not null, s.Key));

    [Fact]
    public void What_is_not_ours_has_a_health_check_here_and_ours_in_its_image()
    {
        Assert.All(Services.Where(s => Get(s.Value, "build") is null), s => Assert.True(Get(s.Value, "healthcheck") is not null, s.Key));
        Assert.Contains("CMD [\"is-ready\"]", Settings.File("infra/docker/Dockerfile"), StringComparison.Ordinal);
        Assert.Contains("${1:-/health/ready}", Settings.File("infra/docker/is-ready.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_gets_the_time_that_a_stop_may_take() => Assert.All(new[] { "api", "consumers" }, s =>
        Assert.True(int.Parse(Get(Services[s], "stop_grace_period")!.ToString().TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture) > 60));

    [Fact]
    public void Every_setting_exists()
    {
        var names = Services.Values.Select(s => Get(s, "environment")).OfType<YamlMappingNode>()
            .SelectMany(e => e.Children.Keys.Select(k => k.ToString()).Concat(Get(e, "<<") is YamlMappingNode shared ? shared.Children.Keys.Select(k => k.ToString()) : []))
            .Where(n => n.StartsWith("Riq__", StringComparison.Ordinal)).Distinct().ToArray();
        Assert.True(names.Length > 10);
        Assert.All(names, n => Assert.True(Settings.Exists(n), n));
    }

    [Fact]
    public void The_dockerfile_publishes_projects_that_there_are()
    {
        var dockerfile = Settings.File("infra/docker/Dockerfile");
        foreach (var program in dockerfile.Split("for program in ")[1].Split(';')[0].Split(' '))
        {
            Assert.True(File.Exists(Path.Combine(Architecture.Solution.Root, "src", $"Riq.{program}", $"Riq.{program}.csproj")), program);
            Assert.Contains($"ENTRYPOINT [\"dotnet\", \"Riq.{program}.dll\"]", dockerfile, StringComparison.Ordinal);
        }
        Assert.All(Services.Values.Select(s => Get(s, "build")).OfType<YamlMappingNode>(), b => Assert.Contains($" AS {Get(b, "target")}\n", dockerfile, StringComparison.Ordinal));
    }
}
