using k8s;
using k8s.Models;
using Riq.UnitTests.Architecture;

namespace Riq.UnitTests.Deployment;

/// <summary>The manifests say what Kubernetes understands, what RIQ has, and what fits together.</summary>
public class KubernetesTests
{
    static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(60);   // HostProcess ends by itself after it

    static readonly string Folder = Path.Combine(Solution.Root, "infra", "kubernetes");

    static readonly Dictionary<string, Type> Types = new()
    {
        ["apps/v1/Deployment"] = typeof(V1Deployment), ["batch/v1/Job"] = typeof(V1Job), ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["v1/Service"] = typeof(V1Service), ["v1/ConfigMap"] = typeof(V1ConfigMap), ["v1/Secret"] = typeof(V1Secret),
    };

    // Strictly: a name that Kubernetes does not know is no field of its models.
    static readonly object[] All = [.. Directory.GetFiles(Folder, "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml")
        .SelectMany(f => KubernetesYaml.LoadAllFromString(File.ReadAllText(f), Types, strict: true))];

    static readonly V1Deployment[] Deployments = [.. All.OfType<V1Deployment>()];

    static readonly (string Name, V1PodSpec Pod)[] Pods = [.. Deployments.Select(d => (d.Metadata.Name, d.Spec.Template.Spec)), .. All.OfType<V1Job>().Select(j => (j.Metadata.Name, j.Spec.Template.Spec))];

    [Fact]
    public void They_are_what_an_installation_consists_of()
    {
        Assert.Equal(["riq-api", "riq-workers"], Deployments.Select(d => d.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["riq-migrate"], All.OfType<V1Job>().Select(j => j.Metadata.Name));
        Assert.All(Deployments, d => Assert.True(d.Spec.Replicas > 1, "One process less must be nothing to notice."));
    }

    [Fact]
    public void A_field_that_is_misspelt_would_be_noticed() =>
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(Folder, "api.yaml")).Replace("readinessProbe", "readynessProbe", StringComparison.Ordinal), Types, strict: true));

    [Fact]
    public void The_kustomization_names_every_file_but_the_job_and_the_example()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "kustomization.yaml"));
        Assert.Equal(["api.yaml", "settings.yaml", "workers.yaml"],
            Directory.GetFiles(Folder, "*.yaml").Select(f => Path.GetFileName(f)!).Where(f => text.Contains($"  - {f}\n", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Images_are_those_that_the_compose_file_builds_in_this_version()
    {
        var version = Settings.File("Directory.Build.props").Split("<Version>")[1].Split('<')[0];
        Assert.All(Pods, p => Assert.Contains(p.Pod.Containers.Single().Image, new[] { $"riq-api:{version}", $"riq-consumers:{version}" }));
        Assert.All(new[] { "riq-api", "riq-consumers" }, i => Assert.Contains($"image: {i}\n", Settings.File("docker-compose.yml"), StringComparison.Ordinal));
        Assert.Contains($"newTag: \"{version}\"", Settings.File("infra/kubernetes/kustomization.yaml"), StringComparison.Ordinal);
        Assert.Equal(["migrate"], Pods.Single(p => p.Name == "riq-migrate").Pod.Containers.Single().Args);
    }

    [Fact]
    public void Every_setting_exists_and_every_source_of_settings_is_there()
    {
        var sources = All.OfType<V1ConfigMap>().ToDictionary(c => c.Metadata.Name, c => c.Data.Keys.ToArray())
            .Concat(All.OfType<V1Secret>().ToDictionary(s => s.Metadata.Name, s => s.StringData.Keys.ToArray())).ToDictionary();
        Assert.All(sources.Values.SelectMany(k => k), name => Assert.True(Settings.Exists(name), name));
        foreach (var (_, pod) in Pods)
        {
            var container = pod.Containers.Single();
            var used = container.EnvFrom.Select(e => e.SecretRef?.Name ?? e.ConfigMapRef.Name).ToArray();
            Assert.All(used, name => Assert.Contains(name, sources.Keys));
            var names = used.SelectMany(n => sources[n]).Concat((container.Env ?? []).Select(e => e.Name)).ToArray();
            Assert.Equal(names.Distinct().Count(), names.Length);
            Assert.Contains("Riq__Postgres", names);
            Assert.All(container.Env ?? [], e => Assert.True(Settings.Exists(e.Name) && e.Value is null, "No value that is secret, or that settings.yaml should have, stands in a deployment."));
        }
    }

    [Fact]
    public void Only_the_job_has_the_owner_of_the_schema() =>
        Assert.Equal(["riq-migrate"], Pods.Where(p => p.Pod.Containers.Single().EnvFrom.Any(e => e.SecretRef?.Name == "riq-owner")).Select(p => p.Name));

    [Fact]
    public void Probes_ask_what_the_processes_answer_and_only_silence_ends_one()
    {
        var health = Settings.File("src/Riq.Hosting/Health.cs");
        foreach (var container in Deployments.Select(d => d.Spec.Template.Spec.Containers.Single()))
        {
            V1Probe[] probes = [container.StartupProbe, container.LivenessProbe, container.ReadinessProbe];
            Assert.All(probes, p => Assert.Contains($"MapGet(\"{p.HttpGet.Path}\"", health, StringComparison.Ordinal));
            Assert.All(probes, p => Assert.Contains(container.Ports, port => port.Name == p.HttpGet.Port.Value && port.ContainerPort == 8080));
            Assert.Equal(("/health/live", "/health/live", "/health/ready"), (probes[0].HttpGet.Path, probes[1].HttpGet.Path, probes[2].HttpGet.Path));
            Assert.True(container.ReadinessProbe.TimeoutSeconds > 2, "The process itself waits 2 s for Postgres.");
        }
        Assert.Contains("ASPNETCORE_URLS=http://0.0.0.0:8080", Settings.File("infra/docker/Dockerfile"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_gets_the_time_that_a_stop_may_take()
    {
        Assert.Contains($"StopLimit = TimeSpan.FromSeconds({LongestStop.TotalSeconds:0});", Settings.File("src/Riq.Hosting/HostProcess.cs"), StringComparison.Ordinal);
        Assert.All(Deployments.Select(d => d.Spec.Template.Spec), p =>
            Assert.True(p.TerminationGracePeriodSeconds >= LongestStop.TotalSeconds + (p.Containers.Single().Lifecycle?.PreStop?.Sleep?.Seconds ?? 0)));
    }

    [Fact]
    public void Everything_that_selects_pods_selects_those_of_one_deployment()
    {
        foreach (var deployment in Deployments)
        {
            var labels = deployment.Spec.Template.Metadata.Labels;
            Assert.All(deployment.Spec.Selector.MatchLabels, l => Assert.Equal(l.Value, labels[l.Key]));
            Assert.All(deployment.Spec.Template.Spec.TopologySpreadConstraints, t => Assert.Equal(deployment.Spec.Selector.MatchLabels, t.LabelSelector.MatchLabels));
            var budget = All.OfType<V1PodDisruptionBudget>().Single(b => b.Metadata.Name == deployment.Metadata.Name);
            Assert.Equal(deployment.Spec.Selector.MatchLabels, budget.Spec.Selector.MatchLabels);
        }
        var service = All.OfType<V1Service>().Single();
        Assert.Equal(Deployments.Single(d => d.Metadata.Name == "riq-api").Spec.Selector.MatchLabels, service.Spec.Selector);
        Assert.Equal("http", service.Spec.Ports.Single().TargetPort.Value);
    }

    [Fact]
    public void Nothing_runs_as_root_writes_to_its_image_or_grows_without_a_limit() => Assert.All(Pods, p =>
    {
        var container = p.Pod.Containers.Single();
        Assert.True(p.Pod.SecurityContext.RunAsNonRoot);
        Assert.False(p.Pod.AutomountServiceAccountToken);
        Assert.Equal((true, false, "ALL"), (container.SecurityContext.ReadOnlyRootFilesystem, container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.Capabilities.Drop.Single()));
        Assert.Contains("memory", container.Resources.Limits.Keys);
        Assert.Equal(["cpu", "memory"], container.Resources.Requests.Keys.Order(StringComparer.Ordinal));
    });
}
