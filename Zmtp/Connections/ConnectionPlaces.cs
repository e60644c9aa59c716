using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// The places of a listener, in all and of each address. When all of them are taken, a newcomer displaces a stranger:
/// the oldest of the address that holds the most places whose connections have proved nothing. Safe from any thread.
/// </summary>
internal sealed class ConnectionPlaces(int inAllMax, int perAddressMax)
{
    private const int Ipv6NetworkBytes = 8;

    private readonly Lock _gate = new();

    /// <summary>What each address holds that holds anything. Guarded by the gate.</summary>
    private readonly Dictionary<IPAddress, Holding> _holdings = [];

    /// <summary>The holdings with strangers, the one that is displaced from next at the front. Guarded by the gate.
    /// </summary>
    private readonly SortedSet<Holding> _displaceable = new(Comparer<Holding>.Create(Holding.Compare));
    private int _inAll;
    private long _lastNumber;

    /// <summary>Takes a place for a connection of this address.</summary>
    /// <param name="refusal">Why there is no place; null when one was taken.</param>
    /// <returns>The place, which is given back by its disposal; null when there is none.</returns>
    public ConnectionPlace? TryTake(IPAddress address, out string? refusal)
    {
        var network = NetworkOf(address);
        ConnectionPlace? displaced = null;
        ConnectionPlace? place = null;
        lock (_gate)
        {
            refusal = RefusalOf(network, out displaced);
            if (refusal is null)
            {
                if (displaced is not null)
                {
                    RemoveStranger(displaced);
                    GiveBack(displaced);
                }

                place = Add(network);
            }
        }

        displaced?.Displace();
        return place;
    }

    /// <summary>Notes that the connection has proved who it is: from now on it makes room for nobody.</summary>
    internal void Prove(ConnectionPlace place)
    {
        lock (_gate)
        {
            RemoveStranger(place);
        }
    }

    internal void Release(ConnectionPlace place)
    {
        lock (_gate)
        {
            if (place.IsHeld)
            {
                RemoveStranger(place);
                GiveBack(place);
            }
        }
    }

    /// <param name="displaced">Whose place the newcomer gets; null for a place that is free.</param>
    private string? RefusalOf(IPAddress network, out ConnectionPlace? displaced)
    {
        displaced = null;
        var own = _holdings.GetValueOrDefault(network);
        if (own?.Taken >= perAddressMax)
        {
            return $"its address has {perAddressMax} connections already";
        }

        if (_inAll < inAllMax)
        {
            return null;
        }

        // The newcomer counts with its address, so that nobody makes room for an address that holds as much already.
        var heaviest = _displaceable.Min;
        var from = own?.Strangers.Count >= heaviest?.Strangers.Count ? own : heaviest;
        displaced = from?.Strangers.First!.Value;
        return displaced is null ? $"{inAllMax} connections are the most" : null;
    }

    private ConnectionPlace Add(IPAddress network)
    {
        if (!_holdings.TryGetValue(network, out var holding))
        {
            _holdings[network] = holding = new Holding();
        }

        var place = new ConnectionPlace(this, network, ++_lastNumber);
        _displaceable.Remove(holding);
        holding.Strangers.AddLast(place.Node);
        _displaceable.Add(holding);
        holding.Taken++;
        _inAll++;
        return place;
    }

    private void GiveBack(ConnectionPlace place)
    {
        place.IsHeld = false;
        _inAll--;
        if (--_holdings[place.Network].Taken == 0)
        {
            _holdings.Remove(place.Network);
        }
    }

    private void RemoveStranger(ConnectionPlace place)
    {
        if (place.Node.List is not { } strangers)
        {
            return; // The connection has proved who it is, or has no place any more.
        }

        var holding = _holdings[place.Network];
        _displaceable.Remove(holding);
        strangers.Remove(place.Node);
        if (strangers.Count > 0)
        {
            _displaceable.Add(holding);
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

    /// <summary>What one address holds.</summary>
    private sealed class Holding
    {
        /// <summary>The number of all places of the address.</summary>
        public int Taken { get; set; }

        /// <summary>The places whose connections have proved nothing, the oldest first.</summary>
        public LinkedList<ConnectionPlace> Strangers { get; } = new();

        /// <summary>Orders holdings with strangers: those with more of them first, then those whose oldest is older.
        /// </summary>
        public static int Compare(Holding one, Holding other)
        {
            var byStrangers = other.Strangers.Count.CompareTo(one.Strangers.Count);
            return byStrangers != 0 ? byStrangers : NumberOfOldest(one).CompareTo(NumberOfOldest(other));
        }

        private static long NumberOfOldest(Holding holding) => holding.Strangers.First?.Value.Number ?? 0;
    }
}
