using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// Puts the frames of a connection together to messages, and bounds what an unfinished message may hold: frames, bytes,
/// and its share of the bytes that all connections may have on their way in. Used by the connection's reader only.
/// </summary>
internal sealed class MessageAssembly(CurveCipher? cipher, ZmtpLimits limits, ByteBudget budget) : IDisposable
{
    private readonly List<ReadOnlyMemory<byte>> _frames = [];

    /// <summary>Bytes of the frames of the unfinished message, which were taken from the budget.</summary>
    private int _bytes;

    /// <summary>The most bytes of one message, its frames together.</summary>
    public int MessageBytesMax { get; set; } = limits.MessageBytesMax;

    /// <summary>Whether a message has begun and not ended.</summary>
    public bool IsOpen => _frames.Count > 0;

    /// <summary>Adds a frame as it came on the wire.</summary>
    /// <returns>What the frame was, or what it has completed.</returns>
    /// <exception cref="ZmtpException">The frame does not open, or the message is over a bound.</exception>
    public Assembled Add(FrameFlags flags, ReadOnlySpan<byte> frame)
    {
        var payload = Open(ref flags, frame);
        if (flags.HasFlag(FrameFlags.Command))
        {
            return new Assembled(null, payload);
        }

        if (_frames.Count >= limits.MessageFramesMax)
        {
            throw new ZmtpException(
                ZmtpFailure.TooLarge,
                $"The peer sent a message of more than {limits.MessageFramesMax} frames."
            );
        }

        if (payload.Length > MessageBytesMax - _bytes)
        {
            throw new ZmtpException(
                ZmtpFailure.TooLarge,
                $"The peer sent a message of more than {MessageBytesMax} bytes."
            );
        }

        _frames.Add(payload);
        if (flags.HasFlag(FrameFlags.More))
        {
            budget.Take(payload.Length);
            _bytes += payload.Length;
            return default;
        }

        var message = new ZmtpMessage([.. _frames]);
        Clear();
        return new Assembled(message, default);
    }

    public void Dispose() => Clear();

    private ReadOnlyMemory<byte> Open(ref FrameFlags flags, ReadOnlySpan<byte> frame)
    {
        if (cipher is null)
        {
            return frame.ToArray();
        }

        return cipher.TryOpen(frame, out flags, out var payload)
            ? payload
            : throw new ZmtpException(
                ZmtpFailure.ProtocolError,
                "The peer sent a frame that does not open: it was altered, repeated, or not sealed."
            );
    }

    private void Clear()
    {
        _frames.Clear();
        budget.Release(_bytes);
        _bytes = 0;
    }
}

/// <summary>What one frame was: a part of a message (both null and empty), the end of one, or a command.</summary>
/// <param name="Message">The message that the frame has completed; null when it has completed none.</param>
/// <param name="Command">The command with its name; empty for a frame of a message.</param>
internal readonly record struct Assembled(ZmtpMessage? Message, ReadOnlyMemory<byte> Command);
