using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Riq.IntegrationTests.Cluster;

/// <summary>What Prometheus reads at one host's <c>/metrics</c>.</summary>
public static class MetricsPage
{
    /// <summary>Value of the sample that is written exactly so, e.g. <c>riq_queue_depth{service="fake",priority="low"}</c>; null when it is not there.</summary>
    public static async Task<double?> Metric(this WebApplication host, string sample)
    {
        using var http = new HttpClient { BaseAddress = host.Address() };
        var line = (await http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n').SingleOrDefault(l => l.StartsWith(sample + " ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(sample.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Where the host listens.</summary>
    public static Uri Address(this WebApplication host) => new(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
}
