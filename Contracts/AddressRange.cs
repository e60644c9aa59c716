using System.Net;

namespace ScheduleZero.Contracts;

/// <summary>
/// A range of addresses from which a key may be used: one IP address, or a range in CIDR notation (RFC 4632, RFC 4291)
/// such as <c>10.0.0.0/8</c> or <c>2001:db8::/32</c>, with all bits beyond the prefix 0.
/// </summary>
public static class AddressRange
{
    public static bool IsRange(string? text) => TryRead(text, out _);

    /// <summary>
    /// Whether one of the ranges holds the address. A text that is no address is in none; an IPv4 address that is
    /// written as IPv6 counts as the IPv4 address.
    /// </summary>
    public static bool AnyHolds(IReadOnlyList<string> ranges, string? text)
    {
        if (!IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return ranges.Any(range => TryRead(range, out var network) && network.Contains(plain));
    }

    /// <summary>Reads a range; false for a text that is none.</summary>
    // A range of mapped addresses would hold nothing, since they are taken for what they map: it is no range.
    public static bool TryRead(string? text, out IPNetwork network)
    {
        network = default;
        if (text is null || text.Contains('%', StringComparison.Ordinal))
        {
            return false;
        }

        if (!text.Contains('/', StringComparison.Ordinal))
        {
            if (!IsWhole(text) || !IPAddress.TryParse(text, out var address) || address.IsIPv4MappedToIPv6)
            {
                return false;
            }

            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        var first = text[..text.IndexOf('/', StringComparison.Ordinal)];
        return IsWhole(first)
            && IPAddress.TryParse(first, out var given)
            && IPNetwork.TryParse(text, out network)
            && network.BaseAddress.Equals(given)
            && !given.IsIPv4MappedToIPv6;
    }

    // The parser also takes 10.1 and 0x0a000001 for addresses; here they are more likely mistakes.
    private static bool IsWhole(string address) =>
        address.Contains(':', StringComparison.Ordinal)
        || (
            address.Count(c => c == '.') == 3
            && address
                .Split('.')
                .All(part =>
                    part is { Length: > 0 and <= 3 }
                    && part.All(char.IsAsciiDigit)
                    && (part.Length == 1 || part[0] != '0')
                )
        );
}
