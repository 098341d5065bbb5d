using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Riq.Client;
using Riq.Client.Adapters;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.UnitTests.Client;

public class RegistrationTests
{
    static IConfiguration Settings(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Riq:Client:{s.Name}", (string?)s.Value))).Build();

    [Fact]
    public void One_line_gives_the_adapters_and_the_gateway()
    {
        using var services = new ServiceCollection().AddRiqClient(Settings(("Url", "http://riq.test"), ("WaitForWrites", "false"), ("ReadTimeout", "00:00:05"))).BuildServiceProvider();
        Assert.IsType<QueuedJiraAdapter>(services.GetRequiredService<ITaskAdapter>());
        Assert.IsType<QueuedConfluenceAdapter>(services.GetRequiredService<IDocumentAdapter>());
        Assert.IsType<HttpQueueGateway>(services.GetRequiredService<IQueueGateway>());
        var options = services.GetRequiredService<IOptions<RiqClientOptions>>().Value;
        Assert.Equal((new Uri("http://riq.test"), false, TimeSpan.FromSeconds(5)), (options.Url, options.WaitForWrites, options.ReadTimeout));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_when_the_application_starts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddRiqClient(Settings(("Url", "ftp://x"), ("ApiKey", "a b"), ("LongPoll", "00:02:00"), ("WriteTimeout", "00:00:00"), ("Priority", "urgent")));
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(["Riq:Client:ApiKey", "Riq:Client:LongPoll", "Riq:Client:Priority", "Riq:Client:Url", "Riq:Client:WriteTimeout"], e.Failures.Select(f => f.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("a b", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_address_nothing_starts()
    {
        using var services = new ServiceCollection().AddRiqClient(_ => { }).BuildServiceProvider();
        var e = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IQueueGateway>());
        Assert.Contains("Riq:Client:Url is missing", e.Message, StringComparison.Ordinal);
    }
}
