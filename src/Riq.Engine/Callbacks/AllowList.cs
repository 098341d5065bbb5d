using System.Net;

namespace Riq.Engine.Callbacks;

/// <summary>Targets that may be called although they are not public: host names, <c>*.suffix</c>, addresses and networks (CIDR).</summary>
sealed class AllowList
{
    readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    readonly List<string> _suffixes = [];
    readonly List<IPNetwork> _networks = [];

    /// <summary>Reads the setting, entries separated by commas or spaces; what can't be read is added to <paramref name="unreadable"/>.</summary>
    public static AllowList Read(string? setting, List<string> unreadable)
    {
        var list = new AllowList();
        foreach (var entry in (setting ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (!list.Add(entry)) unreadable.Add(entry);
        return list;
    }

    public bool AllowsHost(string host)
    {
        var name = host.TrimEnd('.');
        return _hosts.Contains(name) || _suffixes.Any(s => name.Length > s.Length && name.EndsWith(s, StringComparison.OrdinalIgnoreCase));
    }

    public bool AllowsAddress(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Any(n => n.Contains(plain));
    }

    bool Add(string entry)
    {
        if (IPNetwork.TryParse(entry, out var network)) { _networks.Add(network); return true; }
        if (IPAddress.TryParse(entry, out var address)) { _networks.Add(new(address, address.GetAddressBytes().Length * 8)); return true; }
        var name = entry.StartsWith("*.", StringComparison.Ordinal) ? entry[2..] : entry;
        if (Uri.CheckHostName(name) != UriHostNameType.Dns) return false;
        if (name.Length < entry.Length) _suffixes.Add(entry[1..]);
        else _hosts.Add(name);
        return true;
    }
}
