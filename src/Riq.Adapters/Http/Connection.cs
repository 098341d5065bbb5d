using System.Net;
using System.Reflection;

namespace Riq.Adapters.Http;

/// <summary>The pooled connections to one service.</summary>
static class Connection
{
    /// <summary>Connections are renewed so that a change of the service's addresses is seen.</summary>
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Shorter than gateways keep idle connections: a write on one that was just closed would be an unclear outcome.</summary>
    static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    public static HttpClient Open(string? worker)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = Lifetime,
            PooledConnectionIdleTimeout = IdleTimeout,
            AllowAutoRedirect = false,   // a redirect could carry the credential to another host
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
        };
        var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", UserAgent(worker));
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/json");
        return http;
    }

    public static string UserAgent(string? worker)
    {
        var version = typeof(Connection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
        var name = worker is null ? "" : string.Concat(worker.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '@'));
        return name.Length == 0 ? $"riq/{version}" : $"riq/{version} ({name})";
    }
}
