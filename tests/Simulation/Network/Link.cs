using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Testing.Network;

namespace ScheduleZero.Simulation.Network;

/// <summary>
/// One connection of a handler, directly to the Broker or through a Bridge. Each side has its own view of whether the
/// connection is open.
/// </summary>
internal sealed class Link(Member owner, Bridge? via, IHandlerEnd end)
{
    public Member Owner => owner;

    public Bridge? Via => via;

    public IHandlerEnd End => end;

    public bool IsOpenHere { get; set; } = true;

    /// <summary>Whether the connection is open at the Bridge. Without meaning for a direct connection.</summary>
    public bool IsOpenAtBridge { get; set; } = true;

    public bool SaidHello { get; set; }

    /// <summary>
    /// The process of the Broker that gave the number; null when the Broker does not know the connection.
    /// </summary>
    public BrokerProcess? KnownTo { get; set; }

    /// <summary>The number by which the Broker knows the connection.</summary>
    public long Number { get; set; }

    public TimeSpan LastUp { get; set; }

    public TimeSpan LastDown { get; set; }

    public TimeSpan LastGreet { get; set; } = TimeSpan.MinValue;
}
