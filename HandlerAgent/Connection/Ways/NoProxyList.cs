using System.Net;

namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>
/// The hosts that <c>NO_PROXY</c> exempts, in all the forms that curl and .NET take: names with everything below them,
/// with or without a dot or <c>*.</c> before, addresses, ranges, <c>*</c> for everything, each with a port or without.
/// </summary>
internal sealed class NoProxyList
{
    private static readonly char[] Separators = [',', ';', ' ', '\t'];

    private readonly string[] _entries;

    /// <param name="text">The variable's value; null when it is not set.</param>
    public NoProxyList(string? text) =>
        _entries =
            text?.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    public bool Holds(Uri address)
    {
        var host = address.IdnHost.Trim('[', ']').TrimEnd('.');
        return Array.Exists(_entries, entry => Matches(entry, host, address.Port));
    }

    private static bool Matches(string entry, string host, int port)
    {
        if (entry == "*")
        {
            return true;
        }

        if (IPNetwork.TryParse(entry, out var network))
        {
            return IPAddress.TryParse(host, out var inside) && network.Contains(Plain(inside));
        }

        var (name, entryPort) = SplitPort(entry);
        if (entryPort is not null && entryPort != port)
        {
            return false;
        }

        if (IPAddress.TryParse(name, out var listed))
        {
            return IPAddress.TryParse(host, out var dialled) && Plain(listed).Equals(Plain(dialled));
        }

        name = name.TrimStart('*').TrimStart('.').TrimEnd('.');
        return name.Length > 0
            && (
                host.Equals(name, StringComparison.OrdinalIgnoreCase)
                || host.EndsWith($".{name}", StringComparison.OrdinalIgnoreCase)
            );
    }

    // An address of IPv6 holds colons itself, so its port needs brackets.
    private static (string Name, int? Port) SplitPort(string entry)
    {
        var colon = entry.LastIndexOf(':');
        var hasPort =
            colon > 0
            && (entry.IndexOf(':', StringComparison.Ordinal) == colon || entry[colon - 1] == ']')
            && ushort.TryParse(entry.AsSpan(colon + 1), out _);
        var name = hasPort ? entry[..colon] : entry;
        return (name.Trim('[', ']'), hasPort ? ushort.Parse(entry.AsSpan(colon + 1), null) : null);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
