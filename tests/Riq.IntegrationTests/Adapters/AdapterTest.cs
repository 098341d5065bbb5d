using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>An adapter, registered as hosts do, in front of a <see cref="FakeService"/>. How it is called is for a subclass to say; unless it does, directly.</summary>
public abstract class AdapterTest(string serviceName) : IAsyncLifetime
{
    protected const string Token = "req_0197f3d2c4d77a6b8e9f00112233aabb";

    ServiceProvider _provider = null!;

    private protected FakeService Service { get; private set; } = null!;

    protected IServiceAdapter Adapter { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Service = await FakeService.Start();
        _provider = Provider(Service.Url);
        Adapter = _provider.GetRequiredService<IServiceAdapter>();
    }

    public async Task DisposeAsync()
    {
        await _provider.DisposeAsync();
        await Service.DisposeAsync();
    }

    protected ServiceProvider Provider(string address, params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>
        {
            ["Riq:Worker"] = "worker-7",
            [$"Riq:Services:{serviceName}:BaseUrl"] = address,
            [$"Riq:Services:{serviceName}:Auth:Type"] = "basic",
            [$"Riq:Services:{serviceName}:Auth:User"] = "ann@x.test",
            [$"Riq:Services:{serviceName}:Auth:Secret"] = "s3cr3t-token",
        };
        foreach (var (key, value) in settings) values[$"Riq:Services:{serviceName}:{key}"] = value;
        return new ServiceCollection().AddRiqAdapters(new ConfigurationBuilder().AddInMemoryCollection(values).Build()).BuildServiceProvider();
    }

    protected Task<AdapterResult<JsonElement>> Run(string operation, string payload, CancellationToken cancellation = default) => Run(Adapter, operation, payload, cancellation);

    protected virtual Task<AdapterResult<JsonElement>> Run(IServiceAdapter adapter, string operation, string payload, CancellationToken cancellation = default)
    {
        var declaration = adapter.Operations.Single(o => o.Name == $"{serviceName}.{operation}");
        return adapter.Execute(new(declaration, JsonDocument.Parse(payload).RootElement, Token), cancellation);
    }

    protected async Task<JsonElement> Succeeds(string operation, string payload)
    {
        var result = await Run(operation, payload);
        Assert.True(result.Success, $"{result.Error}\n{string.Join('\n', Service.Calls)}");
        return result.Data;
    }

    protected async Task<AdapterError> Fails(string operation, string payload)
    {
        var result = await Run(operation, payload);
        Assert.False(result.Success, result.Data.ToString());
        return result.Error!;
    }

    private protected static void Same(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"{actual.ToJsonString()}\n is not\n{expected}");

    private protected static void Same(string expected, JsonElement actual) => Same(expected, JsonNode.Parse(actual.GetRawText())!);
}
