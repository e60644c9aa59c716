using System.Net;
using System.Net.Sockets;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// Knows which addresses lead to the public Internet: those that IANA's registries of special-purpose addresses
/// (RFC 6890) do not call otherwise. An IPv6 address that holds an IPv4 address is judged by the latter.
/// </summary>
internal static class PublicAddresses
{
    private static readonly AddressRanges SpecialV4 = new([
        "0.0.0.0/8", // "This network", RFC 791
        "10.0.0.0/8", // private, RFC 1918
        "100.64.0.0/10", // between customers and their provider, RFC 6598
        "127.0.0.0/8", // loopback, RFC 1122
        "169.254.0.0/16", // link-local, RFC 3927; clouds serve machines' credentials at 169.254.169.254
        "172.16.0.0/12", // private
        "192.0.0.0/24", // protocols of the IETF, RFC 6890
        "192.0.2.0/24", // documentation, RFC 5737
        "192.88.99.0/24", // relays of 6to4, RFC 7526
        "192.168.0.0/16", // private
        "198.18.0.0/15", // benchmarks, RFC 2544
        "198.51.100.0/24", // documentation
        "203.0.113.0/24", // documentation
        "224.0.0.0/4", // multicast, RFC 5771
        "240.0.0.0/4", // reserved, RFC 1112, with the broadcast address
    ]);

    /// <summary>The only part of IPv6 that is given out as global unicast (RFC 4291).</summary>
    private static readonly AddressRanges GlobalV6 = new(["2000::/3"]);

    private static readonly AddressRanges SpecialV6 = new([
        "2001::/23", // protocols of the IETF, RFC 2928, Teredo and benchmarks among them
        "2001:db8::/32", // documentation, RFC 3849
        "3fff::/20", // documentation, RFC 9637
    ]);

    private static readonly AddressRanges Nat64 = new(["64:ff9b::/96"]); // RFC 6052
    private static readonly AddressRanges SixToFour = new(["2002::/16"]); // RFC 3056

    public static bool Holds(IPAddress address)
    {
        var plain = PlainOf(address);
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? !SpecialV4.Holds(plain)
            : GlobalV6.Holds(plain) && !SpecialV6.Holds(plain);
    }

    /// <summary>The IPv4 address that an IPv6 address stands for; else the address itself.</summary>
    private static IPAddress PlainOf(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : Nat64.Holds(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12, 4))
        : SixToFour.Holds(address) ? new IPAddress(address.GetAddressBytes().AsSpan(2, 4))
        : address;
}
