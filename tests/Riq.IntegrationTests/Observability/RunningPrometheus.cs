using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Observability;

/// <summary>A real Prometheus with RIQ's rules that scrapes these processes every second.</summary>
sealed class RunningPrometheus : IAsyncDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("riq-prometheus-");
    readonly int _port = FreePort();
    readonly HttpClient _http = new();
    Process _process = null!;

    /// <param name="targets">The jobs, each with the address of its one process.</param>
    public static async Task<RunningPrometheus> Start(params (string Job, Uri Address)[] targets)
    {
        var prometheus = new RunningPrometheus();
        var jobs = string.Concat(targets.Select(t => $"  - {{ job_name: {t.Job}, static_configs: [{{ targets: [\"{t.Address.Authority}\"] }}] }}\n"));
        var config = Path.Combine(prometheus._folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(config, $"global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [\"{Tool.Infra}/prometheus/rules.yml\"]\nscrape_configs:\n{jobs}");
        prometheus._process = Process.Start(new ProcessStartInfo("prometheus",
            [$"--config.file={config}", $"--storage.tsdb.path={prometheus._folder.FullName}/data", $"--web.listen-address=127.0.0.1:{prometheus._port}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        prometheus._process.ErrorDataReceived += (_, _) => { };
        prometheus._process.BeginErrorReadLine();
        await Eventually.True(prometheus.IsReady, what: "Prometheus is ready");
        return prometheus;
    }

    /// <summary>The value of each series that the expression gives, by this label.</summary>
    public async Task<Dictionary<string, double>> Query(string expression, string label)
    {
        var json = await Get($"query?query={Uri.EscapeDataString(expression)}");
        return json.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            r => r.GetProperty("metric").TryGetProperty(label, out var value) ? value.GetString()! : "",
            r => double.Parse(r.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Every metric's name that any process has shown.</summary>
    public async Task<HashSet<string>> Names() => [.. (await Get("label/__name__/values")).GetProperty("data").EnumerateArray().Select(n => n.GetString()!)];

    async Task<JsonElement> Get(string path) => JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/api/v1/{path}")));

    async Task<bool> IsReady()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_port}/-/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) { return false; }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }
}
