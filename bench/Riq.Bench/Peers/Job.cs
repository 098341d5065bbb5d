using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Riq.Bench.Peers;

/// <summary>The same job for everybody: one issue created at the simulator.</summary>
static class Job
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 });
    static readonly object Issue = new { fields = new { project = new { key = "MD" }, summary = "A task of the benchmark", issuetype = new { name = "Task" } } };
    static int _done;

    public static Uri Simulator { get; set; } = null!;

    /// <summary>How many were created since the program has started.</summary>
    public static int Done => Volatile.Read(ref _done);

    // Public and with arguments that can be stored: Hangfire calls it by its name.
    public static async Task Run()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator, "/rest/api/3/issue")) { Content = JsonContent.Create(Issue) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("riq@example.test:test")));
        using var answer = await Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        Interlocked.Increment(ref _done);
    }
}
