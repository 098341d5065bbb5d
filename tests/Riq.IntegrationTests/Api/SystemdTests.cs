using System.Net.Sockets;
using System.Text;
using Started = Riq.TestKit.Processes.RiqProcess;

namespace Riq.IntegrationTests.Api;

/// <summary>Units with <c>Type=notify</c> (infra/systemd): systemd hears when a process has started and when it stops.</summary>
public sealed class SystemdTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("api"), InlineData("consumers")]
    public async Task Systemd_is_told_of_the_start_and_of_the_stop(string program)
    {
        var folder = Directory.CreateTempSubdirectory("riq-");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var path = Path.Combine(folder.FullName, "notify");
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        await using var process = Started.Begin(program, new Dictionary<string, string>
        {
            ["NOTIFY_SOCKET"] = path, ["Riq__Postgres"] = "Host=127.0.0.1;Port=1;Database=x;Username=x", ["Riq__RabbitMq"] = "amqp://x:x@127.0.0.1:1/x", ["Riq__Services__jira__BaseUrl"] = "http://127.0.0.1:1",
        });

        Assert.Equal("READY=1", await Told(systemd));
        Assert.Equal(0, await process.Terminate());
        Assert.Equal("STOPPING=1", await Told(systemd));
        folder.Delete(recursive: true);
    }

    static async Task<string> Told(Socket systemd)
    {
        var buffer = new byte[1024];
        using var limit = new CancellationTokenSource(Limit);
        return Encoding.ASCII.GetString(buffer, 0, await systemd.ReceiveAsync(buffer, SocketFlags.None, limit.Token)).Trim();
    }
}
