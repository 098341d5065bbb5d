using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Riq.Adapters.Configuration;
using Riq.Adapters.Confluence;
using Riq.Adapters.Http;
using Riq.Adapters.Jira;
using Riq.Contracts;

namespace Riq.Adapters;

/// <summary>Puts the adapters of the configured services into a host.</summary>
public static class AdapterRegistration
{
    /// <summary>
    /// Registers an <see cref="IServiceAdapter"/> for each of <c>Riq:Services:jira</c> and <c>:confluence</c> that has a
    /// <c>BaseUrl</c>, and the configured credentials unless the host brought an <see cref="ICredentialSource"/> of its own.
    /// Problems of the settings are told by <see cref="AdapterProblems"/>; a host that does not ask meets them at the first use.
    /// </summary>
    public static IServiceCollection AddRiqAdapters(this IServiceCollection services, IConfiguration configuration)
    {
        var connections = ConnectionOptions.Services.ToDictionary(s => s, s => ConnectionOptions.Of(configuration, s));
        var worker = configuration["Riq:Worker"];
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(ICallBudget.Unlimited);
        services.TryAddSingleton<ICredentialSource>(new ConfiguredCredentials(connections.ToDictionary(c => c.Key, c => c.Value.Auth)));

        if (connections[JiraAdapter.ServiceName] is { Used: true } jira)
        {
            services.AddSingleton(s => Jira(Client(s, JiraAdapter.ServiceName, jira, worker), jira, s.GetRequiredService<TimeProvider>()));
            services.AddSingleton<ITaskAdapter>(s => s.GetRequiredService<JiraAdapter>());
            services.AddSingleton<IServiceAdapter>(s => s.GetRequiredService<JiraAdapter>());
        }
        if (connections[ConfluenceAdapter.ServiceName] is { Used: true } confluence)
        {
            services.AddSingleton(s => new ConfluenceAdapter(
                Client(s, ConfluenceAdapter.ServiceName, confluence, worker), confluence.LinkBase(), s.GetRequiredService<TimeProvider>()));
            services.AddSingleton<IDocumentAdapter>(s => s.GetRequiredService<ConfluenceAdapter>());
            services.AddSingleton<IServiceAdapter>(s => s.GetRequiredService<ConfluenceAdapter>());
        }
        return services;
    }

    /// <summary>Every problem of the adapters' settings, each naming the setting and the fix; empty when all is well.</summary>
    public static IReadOnlyList<string> AdapterProblems(IConfiguration configuration)
    {
        var connections = ConnectionOptions.Services.Select(s => (Service: s, Options: ConnectionOptions.Of(configuration, s))).ToList();
        var problems = connections.SelectMany(c => c.Options.Problems(c.Service)).ToList();
        if (problems.Count == 0 && !connections.Any(c => c.Options.Used))
            problems.Add($"No service is configured: give {string.Join(" or ", ConnectionOptions.Services.Select(s => $"{ConnectionOptions.SectionOf(s)}:BaseUrl"))}, e.g. https://name.atlassian.net.");
        return problems;
    }

    static JiraAdapter Jira(ServiceClient client, ConnectionOptions options, TimeProvider time) =>
        new(client, new(options.LinkBase(), options.StoryPointsField, options.TypeNames), new(client, time));

    static ServiceClient Client(IServiceProvider services, string service, ConnectionOptions options, string? worker)
    {
        var problems = options.Problems(service).ToList();
        if (problems.Count > 0) throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
        return new(service, options.Address(), Connection.Open(worker), services.GetRequiredService<ICredentialSource>(),
            services.GetRequiredService<ICallBudget>(), services.GetRequiredService<TimeProvider>());
    }
}
