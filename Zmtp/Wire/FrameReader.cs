using System.Buffers;
using System.Buffers.Binary;

namespace ScheduleZero.Zmtp.Wire;

/// <summary>
/// Reads frames from a stream. The buffer grows with the bytes that have come, never with those that a peer announces.
/// Used by one reader at a time.
/// </summary>
/// <param name="budget">Gives the bytes by which the buffer grows beyond its first size.</param>
internal sealed class FrameReader(Stream stream, ByteBudget budget) : IDisposable
{
    private const int SmallBytes = 16 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(SmallBytes);
    private int _start;
    private int _end;

    /// <summary>Bytes that were taken from the budget.</summary>
    private int _taken;

    /// <summary>The most bytes of one frame; a frame that announces more ends the connection.</summary>
    public required int FrameBytesMax { get; set; }

    /// <summary>Bytes that have come and are not read yet.</summary>
    private int Available => _end - _start;

    /// <summary>Whether a part of a frame has come, and the rest has not.</summary>
    public bool IsInFrame => Available > 0;

    /// <summary>Takes the next frame when all of it has come already.</summary>
    /// <param name="frame">Valid until the next call.</param>
    /// <exception cref="ZmtpException">The frame is over its bound, or its flags make no sense.</exception>
    public bool TryTake(out FrameFlags flags, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (!TryReadHeader(out flags, out var headerBytes, out var size) || Available < headerBytes + size)
        {
            return false;
        }

        frame = _buffer.AsSpan(_start + headerBytes, size);
        _start += headerBytes + size;
        return true;
    }

    /// <summary>Waits for more bytes. What <see cref="TryTake"/> gave before is not valid any more.</summary>
    /// <returns>False when the peer has closed the connection.</returns>
    public async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    /// <summary>Reads exactly so many bytes, which are no frame.</summary>
    /// <param name="judge">Is shown all that has come so far, at most the bytes that are asked for; throws to refuse
    /// it.
    /// </param>
    /// <returns>False when the peer has closed the connection before.</returns>
    public async ValueTask<bool> ReadExactlyAsync(
        int bytes,
        Action<ReadOnlyMemory<byte>> judge,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            if (Available > 0)
            {
                judge(_buffer.AsMemory(_start, Math.Min(Available, bytes)));
            }

            if (Available >= bytes)
            {
                _start += bytes;
                return true;
            }

            if (!await ReadMoreAsync(cancellationToken))
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Gives the memory of a large frame back that was taken. What <see cref="TryTake"/> gave before is not valid any
    /// more.
    /// </summary>
    public void Shrink()
    {
        if (Available == 0 && _buffer.Length > 2 * SmallBytes)
        {
            Resize(SmallBytes);
        }
    }

    public void Dispose()
    {
        budget.Release(_taken);
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end, _taken) = ([], 0, 0, 0);
    }

    private bool TryReadHeader(out FrameFlags flags, out int headerBytes, out int size)
    {
        flags = default;
        headerBytes = size = 0;
        if (Available < 2)
        {
            return false;
        }

        flags = (FrameFlags)_buffer[_start];
        var isCommand = flags.HasFlag(FrameFlags.Command);
        if ((byte)flags > 7 || (isCommand && flags.HasFlag(FrameFlags.More)))
        {
            throw new ZmtpException(ZmtpFailure.ProtocolError, "The peer sent a frame whose flags make no sense.");
        }

        ulong announced = _buffer[_start + 1];
        headerBytes = 2;
        if (flags.HasFlag(FrameFlags.Long))
        {
            headerBytes = 9;
            if (Available < headerBytes)
            {
                return false;
            }

            announced = BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_start + 1));
        }

        if (announced > (ulong)FrameBytesMax)
        {
            throw new ZmtpException(
                ZmtpFailure.TooLarge,
                $"The peer announced a frame of {announced} bytes; {FrameBytesMax} are the most."
            );
        }

        size = (int)announced;
        flags &= ~FrameFlags.Long;
        return true;
    }

    private void MakeRoom()
    {
        var waiting = Available;
        Shrink();
        if (_start > 0 && (waiting == 0 || _end == _buffer.Length))
        {
            _buffer.AsSpan(_start, waiting).CopyTo(_buffer);
            (_start, _end) = (0, waiting);
        }
        else if (_end == _buffer.Length)
        {
            Resize(2 * _buffer.Length);
        }
    }

    private void Resize(int bytes)
    {
        var growth = bytes - SmallBytes - _taken;
        if (growth > 0)
        {
            budget.Take(growth);
        }
        else
        {
            budget.Release(-growth);
        }

        _taken += growth;
        var waiting = Available;
        var other = ArrayPool<byte>.Shared.Rent(bytes);
        _buffer.AsSpan(_start, waiting).CopyTo(other);
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (other, 0, waiting);
    }
}
