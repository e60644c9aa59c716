using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The time between a welcome and the loss of its link. What was queued in one term is never sent in another.
/// </summary>
internal sealed class LinkTerm(BrokerLink? link)
{
    public BrokerLink? Link => link;
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
