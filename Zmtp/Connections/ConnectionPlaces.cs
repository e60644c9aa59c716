using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>Counts the connections of a listener, in all and of each address. Safe from any thread.</summary>
internal sealed class ConnectionPlaces(int inAllMax, int perAddressMax)
{
    private const int Ipv6NetworkBytes = 8;

    private readonly Lock _gate = new();

    /// <summary>Connections of each address that has any.</summary>
    private readonly Dictionary<IPAddress, int> _taken = [];
    private int _inAll;

    /// <summary>Takes a place for a connection of this address.</summary>
    /// <returns>Why there is no place; null when one was taken.</returns>
    public string? TryTake(IPAddress address)
    {
        var network = NetworkOf(address);
        lock (_gate)
        {
            if (_inAll >= inAllMax)
            {
                return $"{inAllMax} connections are the most";
            }

            var taken = _taken.GetValueOrDefault(network);
            if (taken >= perAddressMax)
            {
                return $"its address has {perAddressMax} connections already";
            }

            _taken[network] = taken + 1;
            _inAll++;
            return null;
        }
    }

    public void Release(IPAddress address)
    {
        var network = NetworkOf(address);
        lock (_gate)
        {
            _inAll--;
            if (--_taken[network] == 0)
            {
                _taken.Remove(network);
            }
        }
    }

    // Whoever has one address of IPv6 has all of its /64.
    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(Ipv6NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
