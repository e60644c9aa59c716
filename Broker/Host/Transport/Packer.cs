using System.Buffers;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Packs the messages that wait for a Bridge into few frames.</summary>
internal static class Packer
{
    public static IEnumerable<Outgoing> Pack(Peer peer, IReadOnlyList<Outgoing> messages)
    {
        if (messages.Count == 1 || peer.Link is not { IsWelcome: true })
        {
            return messages;
        }

        var packs = new List<Outgoing>();
        var buffer = new ArrayBufferWriter<byte>(Contracts.Handlers.Pack.BytesTarget);
        foreach (var message in messages)
        {
            Contracts.Handlers.Pack.Append(
                buffer,
                new FrameHeader(message.Kind, message.BridgeConnection),
                message.Body.Span
            );
            if (buffer.WrittenCount >= Contracts.Handlers.Pack.BytesTarget)
            {
                packs.Add(new Outgoing(MessageKind.Pack, 0, buffer.WrittenMemory));
                buffer = new ArrayBufferWriter<byte>(Contracts.Handlers.Pack.BytesTarget);
            }
        }

        if (buffer.WrittenCount > 0)
        {
            packs.Add(new Outgoing(MessageKind.Pack, 0, buffer.WrittenMemory));
        }

        return packs;
    }
}

/// <summary>Tells which messages of a link are numbered: all whose loss would matter.</summary>
internal static class LinkMessages
{
    /// <summary>Whether a message is numbered.</summary>
    /// <param name="connection">The connection as the Bridge numbers it; 0 for a message to the Bridge itself.</param>
    public static bool IsCounted(MessageKind kind, ulong connection) =>
        kind switch
        {
            MessageKind.Beat
            or MessageKind.BridgeHello
            or MessageKind.BridgeChallenge
            or MessageKind.BridgeProof
            or MessageKind.BridgeWelcome => false,
            MessageKind.Refused => connection != 0,
            _ => true,
        };
}
