using Riq.Contracts;

namespace Riq.Adapters.Http;

/// <summary>Which endpoint and which object a call is about, read from its path. Pure.</summary>
static class CallScope
{
    public static OutgoingCall Of(string service, Call call)
    {
        var path = call.Path.AsSpan();
        if (path.IndexOf('?') is >= 0 and var query) path = path[..query];
        if (!path.ContainsAnyInRange('0', '9')) return new(service, $"{call.Method.Method} {path}", null);
        string? entity = null;
        var segments = path.ToString().Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (!IsId(segments, i)) continue;
            entity ??= segments[i].ToUpperInvariant();
            segments[i] = "*";
        }
        return new(service, $"{call.Method.Method} {string.Join('/', segments)}", entity);
    }

    // MD-12, 10001, a property's own id; not the 3 of /rest/api/3.
    static bool IsId(string[] segments, int i)
    {
        var text = segments[i];
        if (text.Length == 0 || i > 0 && segments[i - 1] == "api") return false;
        var digits = text.AsSpan(text.LastIndexOf('-') + 1);
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9');
    }
}
