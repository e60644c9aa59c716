using System.Net;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>The place of one connection at a listener, until it is disposed. Safe from any thread.</summary>
internal sealed class ConnectionPlace : IDisposable
{
    private readonly ConnectionPlaces _places;

    /// <summary>Never disposed, since a newcomer may cancel it at any time. A source without a timer holds nothing that
    /// must be freed.</summary>
    private readonly CancellationTokenSource _displacing = new();

    internal ConnectionPlace(ConnectionPlaces places, IPAddress network, long number)
    {
        (_places, Network, Number) = (places, network, number);
        Node = new LinkedListNode<ConnectionPlace>(this);
    }

    /// <summary>Fires when the place was given to somebody else, so that the connection has to end.</summary>
    public CancellationToken Displaced => _displacing.Token;

    /// <summary>The address; of IPv6 its /64.</summary>
    internal IPAddress Network { get; }

    /// <summary>The places in the order in which they were taken.</summary>
    internal long Number { get; }

    /// <summary>The entry among the places of the address that may be displaced. Guarded by the places.</summary>
    internal LinkedListNode<ConnectionPlace> Node { get; }

    /// <summary>Whether the place is neither given back nor given to somebody else. Guarded by the places.</summary>
    internal bool IsHeld { get; set; } = true;

    /// <summary>
    /// Notes that the connection has proved who it is: from now on it makes room for nobody. Before that, a newcomer
    /// may displace it when all places are taken.
    /// </summary>
    public void Prove() => _places.Prove(this);

    /// <summary>Gives the place back. Without effect when it was given to somebody else.</summary>
    public void Dispose() => _places.Release(this);

    // The connection's end runs on other threads: whoever takes the place waits for nobody.
    internal void Displace() => _ = _displacing.CancelAsync();
}
