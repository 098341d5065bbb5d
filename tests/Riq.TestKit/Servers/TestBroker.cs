using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Riq.TestKit.Servers;

/// <summary>A virtual host of its own at the run's RabbitMQ, with what operators can do to it in the management UI.</summary>
public sealed class TestBroker : IAsyncDisposable
{
    const string UserPassword = "test";

    // RIQ's users as an installation has them.
    static readonly JsonElement[] Permissions = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(TestServers.Scripts, "..", "rabbitmq", "definitions.json.template"))).RootElement.GetProperty("permissions").EnumerateArray()];

    static readonly Lazy<Task> Users = new(MakeUsers);

    readonly string _vhost = $"test_{Guid.NewGuid():N}";

    readonly HttpClient _management = Management();

    TestBroker() { }

    /// <summary>AMQP URI of the virtual host.</summary>
    public string Uri => new UriBuilder(TestServers.RabbitMq) { Path = _vhost }.Uri.ToString();

    /// <summary>The same virtual host by way of a proxy, with the rights of an API process or a worker.</summary>
    public string Through(int port, bool api) => new UriBuilder(As(api)) { Port = port }.Uri.ToString();

    /// <summary>The same virtual host with the rights of an API process or a worker.</summary>
    public string As(bool api) => new UriBuilder(Uri) { UserName = api ? "riq-api" : "riq-worker", Password = UserPassword }.Uri.ToString();

    public static async Task<TestBroker> Create()
    {
        var broker = new TestBroker();
        await broker.MakeVirtualHost();
        return broker;
    }

    /// <summary>Messages in the queue, those that a worker holds included; null when there is no such queue.</summary>
    public async Task<int?> Messages(string queue) =>
        (await List()).Where(q => q.GetProperty("name").GetString() == queue).Select(q => (int?)q.GetProperty("messages").GetInt32()).SingleOrDefault();

    /// <summary>Messages in all queues together.</summary>
    public async Task<int> Messages() => (await List()).Sum(q => q.GetProperty("messages").GetInt32());

    public async Task<string[]> Queues() => [.. (await List()).Select(q => q.GetProperty("name").GetString()!)];

    /// <summary>Consumers of the queue. The first one is there only after the queue and what is bound to it.</summary>
    public async Task<int> Consumers(string queue) =>
        (await _management.GetFromJsonAsync<JsonElement>(new Uri($"consumers/{_vhost}", UriKind.Relative))).EnumerateArray().Count(c => c.GetProperty("queue").GetProperty("name").GetString() == queue);

    // The list counts at once; asked for a single queue, the server shows counts that are seconds old, or none.
    async Task<IEnumerable<JsonElement>> List() =>
        (await _management.GetFromJsonAsync<JsonElement>(new Uri($"queues/{_vhost}?disable_stats=true&enable_queue_totals=true", UriKind.Relative)))
            .EnumerateArray().Where(q => q.TryGetProperty("messages", out _));

    /// <summary>Sends one message to a queue by way of the management interface, as a program without MassTransit would.</summary>
    public Task Publish(string queue, string body, string contentType = "application/vnd.masstransit+json") =>
        Publish(queue, body, new Dictionary<string, object> { ["content_type"] = contentType, ["delivery_mode"] = 2 });

    /// <summary>The same with these properties and no others.</summary>
    public async Task Publish(string queue, string body, IReadOnlyDictionary<string, object> properties)
    {
        var message = new { properties, routing_key = queue, payload = body, payload_encoding = "string" };
        using var answer = await _management.PostAsJsonAsync(new Uri($"exchanges/{_vhost}/amq.default/publish", UriKind.Relative), message);
        var json = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        if (!json.GetProperty("routed").GetBoolean()) throw new InvalidOperationException($"There is no queue {queue}.");
    }

    public Task Purge(string queue) => Delete($"queues/{_vhost}/{queue}/contents");

    public Task DeleteQueue(string queue) => Delete($"queues/{_vhost}/{queue}");

    public async Task<bool> HasExchange(string exchange)
    {
        using var answer = await _management.GetAsync(new Uri($"exchanges/{_vhost}/{exchange}", UriKind.Relative));
        return answer.IsSuccessStatusCode;
    }

    public Task DeleteExchange(string exchange) => Delete($"exchanges/{_vhost}/{exchange}");

    /// <summary>Everything is lost, as when the broker's disk is: the virtual host is deleted and made anew.</summary>
    public async Task Wipe()
    {
        await Delete($"vhosts/{_vhost}");
        await MakeVirtualHost();
    }

    /// <summary>Closes every connection to the virtual host from the broker's side.</summary>
    public async Task CloseConnections()
    {
        var connections = await _management.GetFromJsonAsync<JsonElement>(new Uri($"vhosts/{_vhost}/connections", UriKind.Relative));
        foreach (var name in connections.EnumerateArray().Select(c => c.GetProperty("name").GetString()!))
            using (await _management.DeleteAsync(new Uri($"connections/{System.Uri.EscapeDataString(name)}", UriKind.Relative))) { }
    }

    public async ValueTask DisposeAsync()
    {
        await Delete($"vhosts/{_vhost}");
        _management.Dispose();
    }

    async Task MakeVirtualHost()
    {
        using var made = await _management.PutAsJsonAsync(new Uri($"vhosts/{_vhost}", UriKind.Relative), new { });
        made.EnsureSuccessStatusCode();
        var user = System.Uri.UnescapeDataString(TestServers.RabbitMq.UserInfo.Split(':')[0]);
        using var allowed = await _management.PutAsJsonAsync(new Uri($"permissions/{_vhost}/{user}", UriKind.Relative), new { configure = ".*", write = ".*", read = ".*" });
        allowed.EnsureSuccessStatusCode();
        await Users.Value;
        foreach (var permission in Permissions) await Permit(permission.GetProperty("user").GetString()!, permission);
    }

    // The users belong to the server, which refuses one that is made twice at the same moment.
    static async Task MakeUsers()
    {
        using var management = Management();
        foreach (var permission in Permissions)
            using (var known = await management.PutAsJsonAsync(new Uri($"users/{permission.GetProperty("user").GetString()}", UriKind.Relative), new { password = UserPassword, tags = "" }))
                known.EnsureSuccessStatusCode();
    }

    static HttpClient Management()
    {
        var address = $"{TestServers.RabbitMqManagement.GetLeftPart(UriPartial.Authority).Replace(TestServers.RabbitMqManagement.UserInfo + "@", "")}/api/";
        var user = Convert.ToBase64String(Encoding.UTF8.GetBytes(System.Uri.UnescapeDataString(TestServers.RabbitMqManagement.UserInfo)));
        return new() { BaseAddress = new(address), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", user) } };
    }

    async Task Permit(string name, JsonElement permission)
    {
        using var allowed = await _management.PutAsJsonAsync(new Uri($"permissions/{_vhost}/{name}", UriKind.Relative), permission);
        allowed.EnsureSuccessStatusCode();
    }

    async Task Delete(string path)
    {
        using var answer = await _management.DeleteAsync(new Uri(path, UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }
}
