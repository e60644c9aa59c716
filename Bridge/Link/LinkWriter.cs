using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// Counts and packs the messages that a link sends in one term. A single waiting message goes out alone and at once;
/// several share frames of about <see cref="Pack.BytesTarget"/>. Only the connection's loop uses it.
/// </summary>
internal sealed class LinkWriter(LinkConnection peer, BoundedQueue<LinkMessage> queue)
{
    private const int BurstMax = 1024;

    private readonly Queue<LinkMessage> _announcements = new();
    private readonly ArrayBufferWriter<byte> _pack = new(2 * Pack.BytesTarget);

    /// <summary>A message that goes out alone unless another one follows it; null when none waits.</summary>
    private LinkMessage? _first;

    /// <summary>
    /// A large message that could not be sent yet, since the connection had no room for the frame before it; null when
    /// none waits.
    /// </summary>
    private LinkMessage? _aside;

    /// <summary>The number of messages in the pack in the making.</summary>
    private int _packed;

    /// <summary>The number of the next frame in the term.</summary>
    private ulong _sequence = 1;

    /// <summary>Queues a message that goes out before all others.</summary>
    public void Announce(LinkMessage message) => _announcements.Enqueue(message);

    /// <summary>Sends what waits, up to a burst.</summary>
    /// <returns>
    /// Whether the connection accepted all that it was given; if not, the rest waits for the next call.
    /// </returns>
    public bool TryDrain(out bool isMoreWaiting)
    {
        isMoreWaiting = true;
        if (!TryFlush())
        {
            return false;
        }

        for (var budget = BurstMax; budget > 0; budget--)
        {
            if (!TryNext(out var message))
            {
                isMoreWaiting = false;
                break;
            }

            if (!TryAdd(message.Value))
            {
                return false;
            }
        }

        return TryFlush();
    }

    /// <summary>
    /// Adds a message to the frame in the making; sends the frame when it is full. The message is added in either case.
    /// </summary>
    private bool TryAdd(LinkMessage message)
    {
        if (message.Body.Length >= Pack.BytesTarget)
        {
            // Copying a large body into a pack would cost more than the frame saves.
            if (!TryFlush())
            {
                _aside = message;
                return false;
            }

            _first = message;
            return TryFlush();
        }

        if (_packed == 0 && _first is null)
        {
            _first = message;
            return true;
        }

        if (_first is { } first)
        {
            AppendToPack(first);
            _first = null;
        }

        AppendToPack(message);
        return _pack.WrittenCount < Pack.BytesTarget || TryFlush();
    }

    private bool TryFlush()
    {
        if (_packed > 0)
        {
            // The bytes are copied: the buffer is used again while the connection may still be sending.
            if (!peer.TrySend(new FrameHeader(MessageKind.Pack, 0, _sequence), _pack.WrittenSpan.ToArray()))
            {
                return false;
            }

            _sequence++;
            _packed = 0;
            _pack.ResetWrittenCount();
        }

        if (_first is { } first)
        {
            if (!peer.TrySend(new FrameHeader(first.Kind, first.Connection, _sequence), first.Body))
            {
                return false;
            }

            _sequence++;
            _first = null;
        }

        if (_aside is { } aside)
        {
            _first = aside;
            _aside = null;
            return TryFlush();
        }

        return true;
    }

    private void AppendToPack(LinkMessage message)
    {
        Pack.Append(_pack, new FrameHeader(message.Kind, message.Connection), message.Body.Span);
        _packed++;
    }

    private bool TryNext([NotNullWhen(true)] out LinkMessage? message)
    {
        if (_announcements.TryDequeue(out var announcement))
        {
            message = announcement;
            return true;
        }

        if (queue.TryDequeue(out var queued))
        {
            message = queued;
            return true;
        }

        message = null;
        return false;
    }
}
