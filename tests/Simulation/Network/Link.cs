using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Handlers;

namespace ScheduleZero.Simulation.Network;

/// <summary>The handler's end of a connection.</summary>
internal interface IEnd
{
    void Hear(MessageKind kind, byte[] body);

    void Lost(string reason);
}

/// <summary>
/// One connection of a handler, straight to the Broker or through a Bridge. Each side knows for itself whether it still
/// stands.
/// </summary>
internal sealed class Link(Member owner, Bridge? via, IEnd end)
{
    public Member Owner => owner;

    public Bridge? Via => via;

    public IEnd End => end;

    public bool IsOpenHere { get; set; } = true;

    /// <summary>At the Bridge; a straight link has no such end.</summary>
    public bool IsOpenAtBridge { get; set; } = true;

    public bool SaidHello { get; set; }

    /// <summary>Who gave the number.</summary>
    public BrokerProcess? KnownTo { get; set; }

    /// <summary>As the Broker numbers it.</summary>
    public long Number { get; set; }

    public TimeSpan LastUp { get; set; }

    public TimeSpan LastDown { get; set; }

    public TimeSpan LastGreet { get; set; } = TimeSpan.MinValue;
}
