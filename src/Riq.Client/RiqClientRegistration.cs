using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Riq.Client.Adapters;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.Client;

/// <summary>Puts RIQ's client into an application.</summary>
public static class RiqClientRegistration
{
    /// <summary>
    /// Registers <see cref="ITaskAdapter"/> and <see cref="IDocumentAdapter"/> that go through RIQ, and the <see cref="IQueueGateway"/>
    /// behind them. Settings come from section <see cref="RiqClientOptions.Section"/> of <paramref name="configuration"/> and are checked at start.
    /// </summary>
    public static IServiceCollection AddRiqClient(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RiqClientOptions>().Bind(configuration.GetSection(RiqClientOptions.Section));
        return services.AddClient();
    }

    /// <summary>The same with settings from code.</summary>
    public static IServiceCollection AddRiqClient(this IServiceCollection services, Action<RiqClientOptions> configure)
    {
        services.AddOptions<RiqClientOptions>().Configure(configure);
        return services.AddClient();
    }

    static IServiceCollection AddClient(this IServiceCollection services)
    {
        services.AddOptions<RiqClientOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RiqClientOptions>, RiqClientOptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient(ApiCalls.ClientName, (provider, http) => Prepare(http, provider.GetRequiredService<IOptions<RiqClientOptions>>().Value));
        services.TryAddSingleton<ApiCalls>();
        services.TryAddSingleton(p => new HttpQueueGateway(p.GetRequiredService<ApiCalls>(), p.GetRequiredService<IOptions<RiqClientOptions>>(), p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IQueueGateway>(p => p.GetRequiredService<HttpQueueGateway>());
        services.TryAddSingleton<QueuedCalls>();
        services.TryAddSingleton<ITaskAdapter>(p => new QueuedJiraAdapter(p.GetRequiredService<QueuedCalls>(), new()));
        services.TryAddSingleton<IDocumentAdapter>(p => new QueuedConfluenceAdapter(p.GetRequiredService<QueuedCalls>(), new()));
        return services;
    }

    static void Prepare(HttpClient http, RiqClientOptions options)
    {
        // A path of the address stays: relative addresses need the slash at its end.
        http.BaseAddress = new(options.Url!.AbsoluteUri.TrimEnd('/') + "/");
        http.Timeout = Timeout.InfiniteTimeSpan;   // each call has a limit of its own
        if (options.ApiKey is { } key) http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }
}
