using System.Net;
using System.Net.Sockets;

namespace Riq.Engine.Callbacks;

/// <summary>
/// How receivers are connected to: the name is resolved here, each of its addresses is checked, and the connection goes to a checked address and
/// no other. A name that pointed elsewhere when it was submitted gains nothing by it. No redirects, no proxy, no cookies.
/// </summary>
static class CallbackConnection
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <param name="allowed">What may be called although it is not public.</param>
    /// <param name="resolve">Finds a name's addresses.</param>
    public static SocketsHttpHandler Handler(AllowList allowed, Func<string, CancellationToken, Task<IPAddress[]>> resolve) => new()
    {
        AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 32, PooledConnectionLifetime = Lifetime, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        ConnectCallback = async (context, cancellation) => await Connect(context.DnsEndPoint, allowed, resolve, cancellation),
    };

    static async Task<Stream> Connect(DnsEndPoint target, AllowList allowed, Func<string, CancellationToken, Task<IPAddress[]>> resolve, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await resolve(target.Host, cancellation);
        var any = allowed.AllowsHost(target.Host);
        var permitted = addresses.Where(a => any || allowed.AllowsAddress(a) || AddressRule.IsPublic(a)).ToArray();
        if (permitted.Length == 0)
            throw new ForbiddenTargetException(addresses.Length == 0 ? $"{target.Host} has no address." : $"{target.Host} points to {addresses[0]}, which is not on the public internet; an operator can allow it: Riq:Callbacks:Allow.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(permitted, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The target is one that must not be called; nothing was sent.</summary>
sealed class ForbiddenTargetException(string message) : Exception(message);
