using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Riq.TestKit.Servers;

/// <summary>A Postgres or RabbitMQ that belongs to one test, which may stop, kill and start it as it likes.</summary>
public sealed class LocalServer : IAsyncDisposable
{
    readonly string _script;
    readonly string[] _ports;
    readonly string _folder = Directory.CreateTempSubdirectory("riq-").FullName;

    LocalServer(string script, params int[] ports)
    {
        _script = Path.Combine(TestServers.Scripts, script);
        _ports = [.. ports.Select(p => p.ToString(CultureInfo.InvariantCulture))];
        (Port, ManagementPort) = (ports[0], ports[^1]);
    }

    public int Port { get; }

    /// <summary>A folder with <c>server.crt</c> and <c>server.key</c>: the server speaks TLS too, Postgres on <see cref="Port"/>, RabbitMQ on <see cref="TlsPort"/>.</summary>
    public string? Certificate { get; init; }

    public int TlsPort { get; } = FreePort();

    /// <summary>What else the script is told.</summary>
    internal Dictionary<string, string> Environment { get; } = [];

    /// <summary>RabbitMQ's management interface.</summary>
    public int ManagementPort { get; }

    public static async Task<LocalServer> RabbitMq()
    {
        var server = NewRabbitMq();
        await server.Start();
        return server;
    }

    public static async Task<LocalServer> Postgres()
    {
        var server = NewPostgres();
        await server.Start();
        return server;
    }

    /// <summary>One that is not started yet.</summary>
    public static LocalServer NewRabbitMq(string? certificate = null) => new("rabbitmq.sh", FreePort(), FreePort()) { Certificate = certificate };

    /// <summary>A standby that follows another Postgres, until it is promoted.</summary>
    public static async Task<LocalServer> StandbyOf(LocalServer primary)
    {
        var server = NewPostgres();
        server.Environment["RIQ_STANDBY_OF"] = primary.Port.ToString(CultureInfo.InvariantCulture);
        await server.Start();
        return server;
    }

    /// <summary>One that is not started yet.</summary>
    public static LocalServer NewPostgres(string? certificate = null) => new("postgres.sh", FreePort()) { Certificate = certificate };

    public Task Start() => Run("start");
    public Task Stop() => Run("stop");

    /// <summary>Makes a standby the primary.</summary>
    public Task Promote() => Run("promote");

    /// <summary>As a crash or a power cut ends it.</summary>
    public Task Kill() => Run("kill");

    /// <summary>As when its disk is lost: killed, all data gone, and set up anew.</summary>
    public async Task Wipe()
    {
        await Kill();
        await Remove();
        await Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Run("stop");
        await Remove();
    }

    async Task Remove()
    {
        // The files may belong to the server's user and lie elsewhere.
        using var remove = Process.Start("bash", ["-c", "rm -rf -- \"$(readlink -f -- \"$1/server/elsewhere\" 2>/dev/null || echo \"$1/server\")\" \"$1\"", "remove", _folder]);
        await remove.WaitForExitAsync();
    }

    async Task Run(string command)
    {
        var start = new ProcessStartInfo("bash", [_script, command, Path.Combine(_folder, "server"), .. _ports]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Certificate is not null) (start.Environment["RIQ_TLS_DIR"], start.Environment["RIQ_TLS_PORT"]) = (Certificate, TlsPort.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{Path.GetFileName(_script)} {command} ended with {process.ExitCode}:\n{output}");
    }

    // RabbitMQ derives further ports from it; they too are below the range of outgoing connections.
    static readonly int[] Derived = [0, 15_000, 17_500, 20_000];

    internal static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 12_700);
            if (Derived.All(d => IsFree(port + d))) return port;
        }
    }

    static bool IsFree(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try { listener.Start(); return true; }
        catch (SocketException) { return false; }
        finally { listener.Stop(); }
    }
}
