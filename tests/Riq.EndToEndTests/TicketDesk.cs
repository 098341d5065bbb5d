using System.Collections.Concurrent;
using System.Diagnostics;

namespace Riq.EndToEndTests;

/// <summary>The sample service as a process of its own, to be killed at any moment.</summary>
sealed class TicketDesk(string rabbitMq, int tickets) : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("riq-desk-").FullName;
    readonly ConcurrentQueue<string> _output = new();
    Process? _process;

    public string Output => string.Join('\n', _output);

    public void Start()
    {
        // It lies beside the tests, whose frameworks have some of its assemblies.
        var tests = Path.Combine(AppContext.BaseDirectory, "Riq.EndToEndTests");
        var start = new ProcessStartInfo("dotnet", ["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json", Path.Combine(AppContext.BaseDirectory, "TicketDesk.dll"), $"--RabbitMq={rabbitMq}", $"--Tickets={tickets}", $"--State={_folder}"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => { if (line.Data is not null) _output.Enqueue(line.Data); };
        _process.ErrorDataReceived += (_, line) => { if (line.Data is not null) _output.Enqueue(line.Data); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Until it has heard of the end of each of its tickets.</summary>
    public async Task<int> Finished(TimeSpan limit)
    {
        await _process!.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await Kill();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
