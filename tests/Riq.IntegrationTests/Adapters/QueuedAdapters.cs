using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Client;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>
/// A running RIQ whose worker uses the adapter that a test gives it, and an application that reaches it through <c>Riq.Client</c>:
/// the way from method call to method call over HTTP, Postgres, RabbitMQ and back.
/// </summary>
public abstract class QueuedAdapters(string serviceName) : IAsyncLifetime
{
    // The suites say what one execution gives; reads of equal things in other tests must not answer for it.
    static readonly QueuedCall OnceAndFresh = new() { MaxRetries = 0, Fresh = true };

    readonly SwappedAdapter _adapter = new(serviceName);
    RiqCluster _riq = null!;
    ServiceProvider _client = null!;

    public async Task InitializeAsync()
    {
        _adapter.Inner = Declared();
        _riq = await RiqCluster.Create(_adapter);
        await _riq.StartWorker("worker-7");
        var api = await _riq.StartApi();
        _client = new ServiceCollection().AddRiqClient(o => (o.Url, o.ReadOwnWrites) = (api.Http.BaseAddress, false))   // another test's write is none to be seen
            .BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _riq.DisposeAsync();
    }

    public ITaskAdapter Tasks => _client.GetRequiredService<ITaskAdapter>().With(OnceAndFresh);

    public IDocumentAdapter Documents => _client.GetRequiredService<IDocumentAdapter>().With(OnceAndFresh);

    /// <summary>The adapter that the worker uses from now on.</summary>
    public void Use(IServiceAdapter adapter) => _adapter.Inner = adapter;

    /// <summary>In a suite every request is called <paramref name="name"/>; here RIQ names it. Translates between the two.</summary>
    internal void Translate(FakeService service, string name)
    {
        service.Outgoing = async text => text.Contains(name, StringComparison.Ordinal) ? text.Replace(name, await Newest(), StringComparison.Ordinal) : text;
        service.Incoming = async text => text.Length == 0 ? text
            : text.Replace(await Newest(), name, StringComparison.Ordinal).Replace(RequestMarker.Label(await Newest()), RequestMarker.Label(name), StringComparison.Ordinal);
    }

    Task<string> Newest() => _riq.Database.Scalar<string>("select token from queue_requests order by id desc limit 1");

    // Only its declarations are used: nothing listens at the address.
    IServiceAdapter Declared() => new ServiceCollection().AddRiqAdapters(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Add(
        new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = [new($"Riq:Services:{serviceName}:BaseUrl", "http://127.0.0.1:1")] }).Build()).BuildServiceProvider().GetRequiredService<IServiceAdapter>();

    sealed class SwappedAdapter(string service) : IServiceAdapter
    {
        public IServiceAdapter Inner { get; set; } = null!;
        public string Service => service;
        public IReadOnlyList<OperationDeclaration> Operations => Inner.Operations;
        public Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation) => Inner.Execute(call, cancellation);
        public Task<AdapterResult<EffectSearch>> FindEffect(OperationCall call, CancellationToken cancellation) => Inner.FindEffect(call, cancellation);
        public Task<AdapterResult<JsonElement>> Probe(CancellationToken cancellation) => Inner.Probe(cancellation);
    }
}

public sealed class QueuedJira() : QueuedAdapters("jira");

public sealed class QueuedConfluence() : QueuedAdapters("confluence");
