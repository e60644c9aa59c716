using System.Runtime.InteropServices;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The DEALER of one link and the layout of its messages: an empty frame, the header, the body. Only the link's thread
/// uses it.
/// </summary>
internal sealed class LinkSocket : IDisposable
{
    /// <summary>
    /// How many messages may wait in the socket, in each direction. The bound is low, since one message may be large;
    /// packs make few messages of many.
    /// </summary>
    private const int FramesWaitingMax = 256;

    private readonly DealerSocket _socket = new();
    private Msg _incoming;

    /// <summary>Makes the socket, and connects or binds it.</summary>
    /// <exception cref="NetMQException">The endpoint cannot be bound.</exception>
    public LinkSocket(BrokerEndpoint endpoint, int frameBytesMax, LinkTimings timings)
    {
        _incoming.InitEmpty();
        _socket.Options.Linger = TimeSpan.FromMilliseconds(500);
        _socket.Options.SendHighWatermark = FramesWaitingMax;
        _socket.Options.ReceiveHighWatermark = FramesWaitingMax;
        _socket.Options.MaxMsgSize = frameBytesMax;
        _socket.Options.HeartbeatInterval = timings.BeatEvery;
        _socket.Options.HeartbeatTimeout = timings.SilenceMax;
        _socket.Options.HeartbeatTtl = timings.SilenceMax;
        // Nothing may wait for a Broker that is not there: that Broker would later get the messages of a link that it
        // never welcomed.
        _socket.Options.DelayAttachOnConnect = true;
        _socket.Options.ReconnectInterval = TimeSpan.FromMilliseconds(100);
        _socket.Options.ReconnectIntervalMax = TimeSpan.FromSeconds(1);
        try
        {
            if (endpoint.Binds)
            {
                _socket.Bind(endpoint.Address);
            }
            else
            {
                _socket.Connect(endpoint.Address);
            }
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public NetMQSocket Pollable => _socket;

    /// <summary>The endpoint with the port that the system chose.</summary>
    public string? BoundAddress => _socket.Options.LastEndpoint;

    /// <summary>Sends a message of the link itself, which is not counted.</summary>
    public bool TrySend(IMessage message) => TrySend(new FrameHeader(message.Kind), ProtocolJson.Write(message));

    /// <summary>
    /// Sends a message. Returns false when the peer is gone or the high-water mark is reached; then nothing was sent.
    /// </summary>
    public bool TrySend(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        var frame = new Msg();
        frame.InitEmpty();
        if (!_socket.TrySend(ref frame, TimeSpan.Zero, more: true))
        {
            frame.Close();
            return false;
        }

        Span<byte> headerBytes = stackalloc byte[FrameHeader.LengthMax];
        headerBytes = headerBytes[..header.Format(headerBytes)];
        frame.InitPool(headerBytes.Length);
        headerBytes.CopyTo(frame.Slice());
        SendRest(ref frame, more: true);

        // Bodies are not written to again once they are on their way, so the array itself can go out.
        if (MemoryMarshal.TryGetArray(body, out var array) && array.Array is not null)
        {
            frame.InitGC(array.Array, array.Offset, array.Count);
        }
        else
        {
            frame.InitPool(body.Length);
            body.Span.CopyTo(frame.Slice());
        }

        SendRest(ref frame, more: false);
        return true;
    }

    /// <summary>Receives the next message; false when none waits.</summary>
    /// <param name="body">The body, in an array of its own.</param>
    /// <param name="isWellFormed">False for frames that make no sense, which have been removed.</param>
    public bool TryReceive(out FrameHeader header, out byte[] body, out bool isWellFormed)
    {
        header = default;
        body = [];
        isWellFormed = false;
        if (!_socket.TryReceive(ref _incoming, TimeSpan.Zero))
        {
            return false;
        }

        if (_incoming is { Size: 0, HasMore: true })
        {
            ReceiveRest();
            isWellFormed = FrameHeader.TryParse(_incoming.Slice(), out header) && _incoming.HasMore;
            if (_incoming.HasMore)
            {
                ReceiveRest();
                body = isWellFormed && _incoming.Size > 0 ? _incoming.Slice().ToArray() : [];
                isWellFormed &= !_incoming.HasMore;
            }
        }

        while (_incoming.HasMore)
        {
            ReceiveRest();
        }

        return true;
    }

    public void Dispose()
    {
        _incoming.Close();
        _socket.Dispose();
    }

    private void SendRest(ref Msg frame, bool more)
    {
        // ZeroMQ never refuses the rest of a message after its first frame.
        if (!_socket.TrySend(ref frame, TimeSpan.Zero, more))
        {
            frame.Close();
            throw new InvalidOperationException("A message was cut short on the link.");
        }
    }

    private void ReceiveRest()
    {
        if (!_socket.TryReceive(ref _incoming, TimeSpan.FromSeconds(1)))
        {
            throw new InvalidOperationException("The rest of a message did not arrive on the link.");
        }
    }
}
