using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.TestKit.Processes;

/// <summary>A published program (<c>api</c>, <c>consumers</c>, <c>simulator</c>) as a process of its own, to be killed at any moment.</summary>
public sealed class RiqProcess : IAsyncDisposable
{
    const int LinesKept = 2_000;
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);
    static readonly Dictionary<string, (string Assembly, string Health)> Programs = new()
    {
        ["api"] = ("Riq.Api.dll", "/health/ready"),
        ["consumers"] = ("Riq.Consumers.dll", "/health/ready"),
        ["simulator"] = ("Riq.Simulator.dll", "/__sim/health"),
    };

    readonly string _program;
    readonly IReadOnlyDictionary<string, string> _environment;
    readonly ConcurrentQueue<string> _output = new();
    string _folder = TestServers.Programs;
    Process? _process;

    RiqProcess(string program, int port, IReadOnlyDictionary<string, string> environment)
    {
        (_program, _environment) = (program, environment);
        Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 }) { BaseAddress = new($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(90) };
    }

    public HttpClient Http { get; }
    public Uri Address => Http.BaseAddress!;
    public int Id => _process!.Id;

    /// <summary>As it calls itself in leases and timelines.</summary>
    public string Name => _environment.GetValueOrDefault("Riq__Worker", _program);

    /// <summary>The last lines that it wrote.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Resident memory now, in bytes.</summary>
    public long MemoryBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Processor time that it has used so far.</summary>
    public TimeSpan ProcessorTime { get { _process!.Refresh(); return _process.TotalProcessorTime; } }

    /// <summary>Starts the program on a free port and returns when it is ready.</summary>
    public static async Task<RiqProcess> Start(string program, IReadOnlyDictionary<string, string> environment)
    {
        var process = Begin(program, environment);
        await process.Ready();
        return process;
    }

    /// <summary>Starts the program on a free port and does not wait for it.</summary>
    public static RiqProcess Begin(string program, IReadOnlyDictionary<string, string> environment)
    {
        var process = new RiqProcess(program, FreePort(), environment);
        process.Launch();
        return process;
    }

    /// <summary>Waits until it is ready.</summary>
    public Task Ready() => Eventually.True(() => Answers(Programs[_program].Health), StartLimit, $"{_program} is ready");

    /// <summary>Runs one of a program's commands (<c>migrate</c>, <c>recover</c>) to its end.</summary>
    /// <param name="folder">Where the programs are, if not those of this run.</param>
    public static async Task<(int Code, string Output)> Run(string program, string command, IReadOnlyDictionary<string, string> environment, string? folder = null)
    {
        var start = new ProcessStartInfo("dotnet", [AssemblyOf(folder ?? TestServers.Programs, program), command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    static string AssemblyOf(string folder, string program) => Path.Combine(folder, program, Programs[program].Assembly);

    /// <summary>Starts the program of another folder, as an upgrade does, with the same port and settings.</summary>
    public Task RestartFrom(string folder)
    {
        _folder = folder;
        return Restart();
    }

    /// <summary>Starts it again, with the same port and settings.</summary>
    public Task Restart()
    {
        Launch();
        return Ready();
    }

    void Launch()
    {
        var start = new ProcessStartInfo("dotnet", [AssemblyOf(_folder, _program)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits for its end.</summary>
    public async Task<int> Terminate()
    {
        await Signal("TERM");
        await _process!.WaitForExitAsync().WaitAsync(StopLimit);
        return _process.ExitCode;
    }

    /// <summary>SIGSTOP: it runs no further, but keeps its memory and its connections.</summary>
    public Task Freeze() => Signal("STOP");

    /// <summary>SIGCONT: it goes on and knows nothing of the time that has passed.</summary>
    public Task Thaw() => Signal("CONT");

    async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)])!;
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await Kill();
        _process?.Dispose();
        Http.Dispose();
    }

    /// <summary>Whether it answers calls, whatever it says.</summary>
    public async Task<bool> Listens()
    {
        ThrowIfEnded();
        try
        {
            using var answer = await Http.GetAsync(new Uri("/health/live", UriKind.Relative));
            return true;
        }
        catch (HttpRequestException) { return false; }
    }

    void ThrowIfEnded()
    {
        if (_process!.HasExited) throw new InvalidOperationException($"{_program} ended at start with code {_process.ExitCode}:\n{Output}");
    }

    async Task<bool> Answers(string path)
    {
        ThrowIfEnded();
        try
        {
            using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) { return false; }
    }

    void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        _output.Enqueue(line.Data);
        while (_output.Count > LinesKept) _output.TryDequeue(out _);
    }

    // Below the range of outgoing connections: on a busy machine one of these would take it before the program has started.
    static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(17_000, 27_000);
            var listener = new TcpListener(IPAddress.Loopback, port);
            try { listener.Start(); return port; }
            catch (SocketException) { Debug.WriteLine($"Port {port} is taken."); }
            finally { listener.Stop(); }
        }
    }
}
