using Riq.TestKit.Servers;

namespace Riq.TestKit.Processes;

/// <summary>RIQ as a user has it: a simulator of the services, APIs and workers as processes, on a database and a virtual host of their own.</summary>
public sealed class RiqInstallation : IAsyncDisposable
{
    readonly Dictionary<string, string> _settings = new()
    {
        ["Riq__Logging__Level"] = "Warning",
        // Services fail on purpose in most tests; those of the circuit say what opens it.
        ["Riq__Services__jira__Circuit__Failures"] = "1000000",
        ["Riq__Services__confluence__Circuit__Failures"] = "1000000",
        // And no limit of ours; those of the rate limit set one.
        ["Riq__Services__jira__Rate"] = "0",
        ["Riq__Services__confluence__Rate"] = "0",
    };
    readonly Dictionary<string, string> _simulatorSettings = new() { ["Simulator__LatencyScale"] = "0", ["Simulator__IndexLagScale"] = "0", ["Simulator__Limits__Enabled"] = "false" };
    readonly List<RiqProcess> _processes = [];

    RiqInstallation(TestDatabase database, TestBroker broker) => (Database, Broker) = (database, broker);

    public TestDatabase Database { get; }
    public TestBroker Broker { get; }
    public RiqProcess Simulator { get; private set; } = null!;

    public static async Task<RiqInstallation> Create() => new(await TestDatabase.Create(), await TestBroker.Create());

    /// <summary>Sets an environment variable for the processes started after it.</summary>
    public RiqInstallation With(string name, string value)
    {
        (name.StartsWith("Simulator__", StringComparison.Ordinal) ? _simulatorSettings : _settings)[name] = value;
        return this;
    }

    public async Task<RiqProcess> StartSimulator()
    {
        Simulator = await Start("simulator", _simulatorSettings);
        foreach (var service in new[] { "jira", "confluence" }) _settings[$"Riq__Services__{service}__BaseUrl"] = Simulator.Address.GetLeftPart(UriPartial.Authority);
        foreach (var service in new[] { "jira", "confluence" })
            (_settings[$"Riq__Services__{service}__Auth__Type"], _settings[$"Riq__Services__{service}__Auth__User"], _settings[$"Riq__Services__{service}__Auth__Secret"]) = ("basic", "riq@example.test", "test");
        return Simulator;
    }

    public Task<RiqProcess> StartApi() => Start("api", Settings("api"));

    public Task<RiqProcess> StartWorker() => Start("consumers", Settings("worker"));

    /// <summary>Several at once, which takes not much longer than one.</summary>
    public async Task<RiqProcess[]> StartWorkers(int count)
    {
        var first = _processes.Count;
        var started = await Task.WhenAll(Enumerable.Range(first, count).Select(n => RiqProcess.Start("consumers", Settings("worker", n))));
        _processes.AddRange(started);
        return started;
    }

    /// <summary>Runs a command of the API's program, with the API's settings, as the schema's owner.</summary>
    public Task<(int Code, string Output)> Run(string command) =>
        RiqProcess.Run("api", command, new Dictionary<string, string>(Settings(command)) { ["Riq__Postgres"] = _settings.GetValueOrDefault("Riq__Postgres", Database.ConnectionString) });

    Dictionary<string, string> Settings(string role, int? number = null) => new(_settings)
    {
        ["Riq__Postgres"] = _settings.GetValueOrDefault("Riq__Postgres", Database.As(role != "worker").Replace("Pooling=False", "Pooling=True", StringComparison.OrdinalIgnoreCase)),
        ["Riq__RabbitMq"] = _settings.GetValueOrDefault("Riq__RabbitMq", Broker.As(role != "worker")),
        ["Riq__Worker"] = $"{role}-{number ?? _processes.Count}",
    };

    async Task<RiqProcess> Start(string program, Dictionary<string, string> settings)
    {
        var process = await RiqProcess.Start(program, settings);
        _processes.Add(process);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        await Broker.DisposeAsync();
        await Database.DisposeAsync();
    }
}
