using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Edges;

/// <summary>The network that counts as one client wherever addresses are counted.</summary>
internal static class ClientNetwork
{
    /// <summary>
    /// The network of an address. Whoever has an IPv6 address has the 2^64 beside it too, so they count as one. IPv4
    /// written as IPv6 is IPv4.
    /// </summary>
    /// <param name="address">The address of the connection, or the one that a trusted proxy forwarded.</param>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
