using System.Net;

namespace Riq.Engine.Callbacks;

/// <summary>
/// Whether a callback URL may be accepted, as far as its text tells. A name is resolved, and its addresses are checked, each time it is
/// called (<see cref="CallbackConnection"/>): what it stands for now proves nothing for later. Pure.
/// </summary>
static class CallbackUrl
{
    public const int MaxLength = 2_048;

    // Names that mean this machine or its network wherever they are resolved.
    static readonly string[] InternalSuffixes = [".localhost", ".local", ".internal", ".intranet", ".lan", ".corp", ".home", ".home.arpa", ".localdomain", ".private"];

    /// <summary>What is wrong, as the rest of a sentence that begins with the field's name; null when it is fine.</summary>
    public static string? Problem(string text, AllowList allowed)
    {
        if (text.Length is 0 or > MaxLength) return $"must have 1 to {MaxLength:N0} characters.";
        if (text.Any(c => c is <= ' ' or >= '\x7f' or '\\')) return "must be an ASCII URL without spaces and backslashes: encode other characters with %, names with punycode.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return "must be an absolute http or https URL.";
        var authority = AuthorityOf(text);
        if (authority.Contains('@') || url.UserInfo.Length > 0) return "must not contain a user or password.";
        if (url.Fragment.Length > 0) return "must not have a fragment.";
        if (authority.Contains('%')) return "must have a host without % escapes.";
        return HostProblem(url, HostOf(authority), allowed);
    }

    /// <summary>The host as limits count it. The URL was checked when it came; what is none all the same has none.</summary>
    public static string HostOfUrl(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.IdnHost.ToLowerInvariant() : "";

    static string? HostProblem(Uri url, string written, AllowList allowed)
    {
        if (url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            var address = IPAddress.Parse(url.IdnHost);
            // 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1: one spelling is enough.
            if (url.HostNameType == UriHostNameType.IPv4 && address.ToString() != written) return $"must spell an address in the usual way: {address}.";
            return allowed.AllowsAddress(address) || AddressRule.IsPublic(address) ? null : $"must not point to {address}: it is not an address on the public internet. {HowToAllow}";
        }
        var name = written.TrimEnd('.');
        if (url.HostNameType != UriHostNameType.Dns || name.Length == 0) return "must have a host name or an address.";
        if (allowed.AllowsHost(name)) return null;
        if (EndsInNumber(name)) return "must not have a host that looks like a number.";
        if (!name.Contains('.') || InternalSuffixes.Any(s => ("." + name).EndsWith(s, StringComparison.OrdinalIgnoreCase))) return $"must not point to {name}: it is not a name on the public internet. {HowToAllow}";
        return null;
    }

    const string HowToAllow = "An operator can allow it: Riq:Callbacks:Allow.";

    static string AuthorityOf(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3) return "";
        var end = text.AsSpan(start).IndexOfAny("/?#");
        return end < 0 ? text[start..] : text[start..(start + end)];
    }

    static string HostOf(string authority)
    {
        if (authority.StartsWith('[')) return authority[1..Math.Max(1, authority.IndexOf(']', StringComparison.Ordinal))];
        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? authority : authority[..colon];
    }

    // As browsers tell an address from a name: by its last part.
    static bool EndsInNumber(string name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..];
        return last.Length > 0 && (last.All(char.IsAsciiDigit) || last.StartsWith("0x", StringComparison.OrdinalIgnoreCase));
    }
}
