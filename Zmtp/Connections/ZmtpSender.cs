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
    private readonly Action<ZmtpException> _fail;
    private readonly Channel<Outgoing> _waiting;
    private readonly Task _writing;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _gathered;
    private long _waitingBytes;
    private volatile bool _isStopped;

    /// <param name="fail">Told when the connection cannot be written to.</param>
    public ZmtpSender(Stream stream, CurveCipher? cipher, ZmtpLimits limits, Action<ZmtpException> fail)
    {
        _stream = stream;
        _cipher = cipher;
        _limits = limits;
        _fail = fail;
        _waiting = Channel.CreateBounded<Outgoing>(
            new BoundedChannelOptions(limits.WaitingMessagesMax) { SingleReader = true }
        );
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Queues a message.</summary>
    /// <returns>False when too much waits already. True after the end: the message is dropped.</returns>
    public bool TryQueue(ZmtpMessage message)
    {
        var bytes = message.Bytes;
        if (Interlocked.Add(ref _waitingBytes, bytes) - bytes >= _limits.WaitingBytesMax)
        {
            Interlocked.Add(ref _waitingBytes, -bytes);
            return false;
        }

        if (_waiting.Writer.TryWrite(new Outgoing(message, IsCommand: false)))
        {
            return true;
        }

        Interlocked.Add(ref _waitingBytes, -bytes);
        return _isStopped;
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
    public async Task DrainAsync(TimeSpan limit, TimeProvider time)
    {
        Stop();
        try
        {
            await _writing.WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            // The peer does not read; what waits is lost with the connection.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _writing;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
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
        if (_gathered == 0)
        {
            return;
        }

        await _stream.WriteAsync(_buffer.AsMemory(0, _gathered));
        _gathered = 0;
        if (_buffer.Length > 2 * WriteBytes)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(4096);
        }
    }

    private readonly record struct Outgoing(ZmtpMessage Message, bool IsCommand);
}
