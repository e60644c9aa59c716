using System.Buffers;
using System.Net.Sockets;
using System.Threading.Channels;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// The queue of what goes out on one connection, and the one task that writes it. What waits at the same time goes out
/// in one write.
/// </summary>
internal sealed class ZmtpSender : IAsyncDisposable
{
    /// <summary>Bytes that are gathered for one write, apart from a single frame that is larger.</summary>
    private const int WriteBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly CurveCipher? _cipher;
    private readonly ZmtpLimits _limits;
    private readonly TimeProvider _time;
    private readonly Action<ZmtpException> _fail;
    private readonly Channel<Outgoing> _waiting;
    private readonly Task _writing;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _gathered;
    private long _waitingBytes;
    private volatile bool _isStopped;

    /// <summary>When the peer last took bytes that had waited for it; 0 before. Timestamp of the clock.</summary>
    private long _takenAt;

    /// <summary>1 while somebody whose message was refused waits for room.</summary>
    private int _isRoomAwaited;

    /// <param name="fail">Told when the connection cannot be written to.</param>
    public ZmtpSender(
        Stream stream,
        CurveCipher? cipher,
        ZmtpLimits limits,
        TimeProvider time,
        Action<ZmtpException> fail
    )
    {
        _stream = stream;
        _cipher = cipher;
        _limits = limits;
        _time = time;
        _fail = fail;
        _waiting = Channel.CreateBounded<Outgoing>(
            new BoundedChannelOptions(limits.WaitingMessagesMax) { SingleReader = true }
        );
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>
    /// Called when there is room again after <see cref="TryQueue"/> has refused a message: once for any number of
    /// refusals, and now and then without need. Called by the writing task; must neither wait nor throw.
    /// </summary>
    public Action? RoomMade { get; set; }

    /// <summary>
    /// When the peer last took bytes that had waited for it: a sign of life while a long message goes out. Timestamp of
    /// the clock; 0 when nothing has had to wait.
    /// </summary>
    public long TakenAt => Volatile.Read(ref _takenAt);

    /// <summary>Queues a message.</summary>
    /// <returns>False when too much waits already. True after the end: the message is dropped.</returns>
    public bool TryQueue(ZmtpMessage message)
    {
        if (TryAdd(message))
        {
            return true;
        }

        // Before the second look: room that is made in between is either seen by it, or told.
        Interlocked.Exchange(ref _isRoomAwaited, 1);
        return TryAdd(message) || _isStopped;
    }

    /// <summary>Queues a command; drops it when much waits already, since then the peer hears enough.</summary>
    public void TryQueueCommand(byte[] command) =>
        _waiting.Writer.TryWrite(new Outgoing(new ZmtpMessage([command]), IsCommand: true));

    /// <summary>Takes no more. What waits is still written, unless the stream is closed.</summary>
    public void Stop()
    {
        _isStopped = true;
        _waiting.Writer.TryComplete();
    }

    /// <summary>Takes no more, and waits until what waits is written.</summary>
    /// <param name="limit">The longest wait.</param>
    /// <returns>False when the peer did not read for so long; what waits is lost with the connection.</returns>
    public async Task<bool> TryDrainAsync(TimeSpan limit, TimeProvider time)
    {
        Stop();
        try
        {
            await _writing.WaitAsync(limit, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _writing;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool TryAdd(ZmtpMessage message)
    {
        var bytes = message.Bytes;
        if (!TryTakeRoom(bytes))
        {
            return false;
        }

        if (_waiting.Writer.TryWrite(new Outgoing(message, IsCommand: false)))
        {
            return true;
        }

        Interlocked.Add(ref _waitingBytes, -bytes);
        return false;
    }

    // Never more than is there, not even for a moment: another sender would be refused although nothing waits.
    private bool TryTakeRoom(int bytes)
    {
        var waiting = Volatile.Read(ref _waitingBytes);
        while (waiting < _limits.WaitingBytesMax)
        {
            var seen = Interlocked.CompareExchange(ref _waitingBytes, waiting + bytes, waiting);
            if (seen == waiting)
            {
                return true;
            }

            waiting = seen;
        }

        return false;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync())
            {
                while (_waiting.Reader.TryRead(out var outgoing))
                {
                    if (!outgoing.IsCommand)
                    {
                        Interlocked.Add(ref _waitingBytes, -outgoing.Message.Bytes);
                    }

                    await GatherAsync(outgoing);
                }

                await FlushAsync();
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            _fail(new ZmtpException(ZmtpFailure.Closed, "The connection was cut.", e));
        }
    }

    private async ValueTask GatherAsync(Outgoing outgoing)
    {
        var frames = outgoing.Message.Frames;
        for (var i = 0; i < frames.Length; i++)
        {
            var flags =
                outgoing.IsCommand ? FrameFlags.Command
                : i < frames.Length - 1 ? FrameFlags.More
                : FrameFlags.None;
            var bytes = frames[i].Length + FrameWriter.HeaderBytesMax + CurveCipher.OverheadBytes;
            if (_gathered > 0 && _gathered + bytes > WriteBytes)
            {
                await FlushAsync();
            }

            Reserve(bytes);
            Gather(frames[i].Span, flags);
        }
    }

    private void Gather(ReadOnlySpan<byte> payload, FrameFlags flags)
    {
        if (_cipher is null)
        {
            _gathered += FrameWriter.WriteHeader(_buffer.AsSpan(_gathered), flags, payload.Length);
            payload.CopyTo(_buffer.AsSpan(_gathered));
            _gathered += payload.Length;
            return;
        }

        var sealedBytes = payload.Length + CurveCipher.OverheadBytes;
        _gathered += FrameWriter.WriteHeader(_buffer.AsSpan(_gathered), FrameFlags.None, sealedBytes);
        _cipher.Seal(payload, flags, _buffer.AsSpan(_gathered, sealedBytes));
        _gathered += sealedBytes;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _gathered >= bytes)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_gathered + bytes, Math.Min(2 * _buffer.Length, WriteBytes)));
        _buffer.AsSpan(0, _gathered).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private async ValueTask FlushAsync()
    {
        if (_gathered > 0)
        {
            await WriteGatheredAsync();
        }

        if (Interlocked.Exchange(ref _isRoomAwaited, 0) != 0)
        {
            RoomMade?.Invoke();
        }
    }

    private async ValueTask WriteGatheredAsync()
    {
        for (var written = 0; written < _gathered; )
        {
            var part = Math.Min(WriteBytes, _gathered - written);
            var writing = _stream.WriteAsync(_buffer.AsMemory(written, part));
            var hasToWait = !writing.IsCompleted;
            await writing;
            written += part;
            if (hasToWait)
            {
                // The system's buffer was full, and the peer has made room in it.
                Volatile.Write(ref _takenAt, _time.GetTimestamp());
            }
        }

        _gathered = 0;
        if (_buffer.Length > 2 * WriteBytes)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(4096);
        }
    }

    private readonly record struct Outgoing(ZmtpMessage Message, bool IsCommand);
}
