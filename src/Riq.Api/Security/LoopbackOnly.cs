using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Riq.Api.Security;

/// <summary>Without API keys everybody who can connect may submit, so only this machine may connect.</summary>
static class LoopbackOnly
{
    public static void Check(ListenOptions endpoint)
    {
        if (endpoint.IPEndPoint is { } address && !IPAddress.IsLoopback(address.Address))
            throw new OptionsValidationException("urls", typeof(ListenOptions),
                [$"RIQ does not listen on {address} without API keys: anybody could submit. Configure keys (Riq:ApiKeys:<client> = sha256:<hex of the key's SHA-256>), or Riq:RequireKeys=true for those made by ./riq keys, or listen on 127.0.0.1."]);
    }
}
