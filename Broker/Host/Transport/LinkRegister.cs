using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Broker.Host.Telemetry;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// The links of Bridges that are welcome now, and how many of them one key may have. Whoever holds a Bridge's key can
/// link under any name, so unusual links are counted here. Used only on the socket's thread.
/// </summary>
internal sealed class LinkRegister : IDisposable
{
    public const string UnusualName = "schedulezero.broker.links.unusual";

    // The values of the tag "what".
    public const string SecondOfName = "second_of_name";
    public const string TooManyOfKey = "too_many_of_key";
    public const string Full = "full";

    private readonly Meter _meter = new(BrokerMeter.Name);
    private readonly LinkBoard _board;
    private readonly List<BridgeLink> _links = [];
    private readonly Counter<long> _unusual;
    private int _count;

    /// <param name="board">Is told which links there are.</param>
    public LinkRegister(int perKeyMax, LinkBoard board)
    {
        _board = board;
        PerKeyMax = perKeyMax;
        _unusual = _meter.CreateCounter<long>(
            UnusualName,
            "{link}",
            "Second links under one name, links beyond those that a key may have, and links that carry all "
                + "they may, by what."
        );
    }

    /// <summary>The number of links that are welcome. Safe from any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many links one key may have at once.</summary>
    public int PerKeyMax { get; }

    public bool HasRoomFor(string keyId) => _links.Count(link => link.Hello.KeyId == keyId) < PerKeyMax;

    public void Add(Peer peer, BridgeLink link)
    {
        _links.Add(link);
        _board.Linked(DoorConnection.NumberOf(peer.Route.Frames[0]), link.Name, link.Hello.Version, link.Hello.Trouble);
        Volatile.Write(ref _count, _links.Count);
    }

    public void Remove(Peer peer, BridgeLink link, string reason)
    {
        _links.Remove(link);
        _board.Unlinked(DoorConnection.NumberOf(peer.Route.Frames[0]), link.Name, reason);
        Volatile.Write(ref _count, _links.Count);
    }

    /// <summary>Notes that a Bridge was refused.</summary>
    public void Refuse(Peer peer, string reason) =>
        _board.BridgeRefused(DoorConnection.NumberOf(peer.Route.Frames[0]), reason);

    /// <summary>The number of links that give themselves this name.</summary>
    public int CountNamed(string bridge) => _links.Count(link => link.Name == bridge);

    /// <summary>Counts something unusual that an operator may want to look at.</summary>
    public void CountUnusual(string what) => _unusual.Add(1, new KeyValuePair<string, object?>("what", what));

    public void Dispose() => _meter.Dispose();
}
