using ScheduleZero.Bridge.Connections;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Link;

/// <summary>What all links of a Bridge share.</summary>
/// <param name="Lines">Bounds the lines of the log that strangers can cause.</param>
internal sealed record LinkContext(
    BrokerLinks Links,
    HandlerConnections Connections,
    BridgeSettings Settings,
    StrangerLines Lines,
    ILogger Log
);
