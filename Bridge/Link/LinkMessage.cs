using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Link;

/// <summary>A term, the link that serves the handlers in it, and what waits to be sent in it.</summary>
internal sealed class LinkTerm(BrokerLink link, BoundedQueue<LinkMessage> queue) : Term
{
    public BrokerLink Link => link;

    public BoundedQueue<LinkMessage> Queue => queue;
}

/// <summary>A message on its way to the Broker.</summary>
internal readonly record struct LinkMessage(MessageKind Kind, ulong Connection, ReadOnlyMemory<byte> Body)
{
    public static LinkMessage Of(ulong connection, IMessage message) =>
        new(message.Kind, connection, ProtocolJson.Write(message));
}
