using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Link;

/// <summary>A term, and the link that serves the handlers in it.</summary>
internal sealed class LinkTerm(BrokerLink link) : Term
{
    public BrokerLink Link => link;
}

/// <summary>A message on its way to the Broker.</summary>
internal readonly record struct LinkMessage(
    LinkTerm Term,
    MessageKind Kind,
    ulong Connection,
    ReadOnlyMemory<byte> Body
)
{
    public static LinkMessage Of(LinkTerm term, ulong connection, IMessage message) =>
        new(term, message.Kind, connection, ProtocolJson.Write(message));
}
