using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Riq.Cli.Watching;
using Riq.Client;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.Cli.CommandLine;

/// <summary>What one run of a command works with: RIQ as its options say, and where to write.</summary>
sealed class Session : IAsyncDisposable
{
    readonly ServiceProvider _services;

    Session(ServiceProvider services, Output output)
    {
        (_services, Output) = (services, output);
        Gateway = services.GetRequiredService<IQueueGateway>();
        Api = new(services.GetRequiredService<ApiCalls>());
        Events = new(services.GetRequiredService<IHttpClientFactory>(), output);
    }

    public IQueueGateway Gateway { get; }
    public OperatorApi Api { get; }
    public EventFeed Events { get; }
    public Output Output { get; }

    /// <summary>Null when the options are wrong; that was said then.</summary>
    public static Session? Open(ParseResult parsed)
    {
        var output = new Output(parsed.GetValue(Root.Json));
        var key = parsed.GetValue(Root.ApiKey) ?? Environment.GetEnvironmentVariable("RIQ_API_KEY");
        var services = new ServiceCollection().AddRiqClient(o => (o.Url, o.ApiKey) = (new(parsed.GetRequiredValue(Root.Url), UriKind.RelativeOrAbsolute), string.IsNullOrEmpty(key) ? null : key)).BuildServiceProvider();
        try { return new(services, output); }
        catch (OptionsValidationException e)
        {
            output.Trouble(string.Join(Environment.NewLine, e.Failures.Select(f => f.Replace($"{RiqClientOptions.Section}:", "", StringComparison.Ordinal))), ExitCodes.Usage);
            services.Dispose();
            return null;
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
