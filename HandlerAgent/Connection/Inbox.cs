using System.Threading.Channels;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// The messages that one connection has heard, in order, on their way to the loop of the session. The inbox is bounded:
/// when a loop that stands still lets it fill up, the connection ends, and the next Hello tells the Broker which
/// attempts arrived. Safe from any thread; one loop reads.
/// </summary>
internal sealed class Inbox
{
    private const int Size = 4096;

    private readonly Channel<Inbound> _channel = Channel.CreateBounded<Inbound>(
        new BoundedChannelOptions(Size) { SingleReader = true }
    );

    public void Post(MessageKind kind, ReadOnlyMemory<byte> body)
    {
        if (!_channel.Writer.TryWrite(new Inbound(kind, body, null)))
        {
            Lost("The agent's loop did not keep up with the Broker's messages.");
        }
    }

    /// <summary>Posts a message that the agent says to itself, as if it had been heard.</summary>
    public void Post(IMessage message) => Post(message.Kind, ProtocolJson.Write(message));

    /// <summary>Lets the loop run something between two messages; false when the inbox has ended or is full.</summary>
    public bool TryPost(Action turn) => _channel.Writer.TryWrite(new Inbound(default, default, turn));

    /// <summary>
    /// Ends the inbox. The reader sees the messages in it, and then the loss. The first reason stands.
    /// </summary>
    public void Lost(string reason) => _channel.Writer.TryComplete(new CarrierException(reason));

    /// <summary>Waits for a message; false when none will come any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) =>
        _channel.Reader.WaitToReadAsync(cancellationToken);

    public bool TryTake(out Inbound inbound) => _channel.Reader.TryRead(out inbound);
}

/// <summary>One message that the connection has heard, or something of the agent's own.</summary>
/// <param name="Turn">Something of the agent's own to be run by the loop, in place of a message.</param>
internal readonly record struct Inbound(MessageKind Kind, ReadOnlyMemory<byte> Body, Action? Turn);
