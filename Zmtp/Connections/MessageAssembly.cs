using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// Puts the frames of a connection together to messages, and bounds what a message may hold until it is handed over:
/// frames, bytes, and its share of the bytes that all connections may have on their way in. Used by the connection's
/// reader only.
/// </summary>
internal sealed class MessageAssembly(CurveCipher? cipher, ZmtpLimits limits, ByteBudget budget) : IDisposable
{
    /// <summary>
    /// The bytes that each connection has without asking the budget: whoever fills it with large messages leaves the
    /// small ones of others alone.
    /// </summary>
    private const int FreeBytes = 16 * 1024;

    /// <summary>The frames of the unfinished message.</summary>
    private readonly List<ReadOnlyMemory<byte>> _frames = [];

    /// <summary>Bytes of the message that is unfinished, or whole and not handed over yet.</summary>
    private int _bytes;

    /// <summary>Bytes of that message that were taken from the budget.</summary>
    private int _taken;

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

        Take(payload.Length);
        _frames.Add(payload);
        if (flags.HasFlag(FrameFlags.More))
        {
            return default;
        }

        var message = new ZmtpMessage([.. _frames]);
        _frames.Clear();
        return new Assembled(message, default);
    }

    /// <summary>Gives the bytes of the last whole message back: whoever received it has handed it over.</summary>
    public void HandOver()
    {
        if (!IsOpen)
        {
            GiveBack();
        }
    }

    public void Dispose()
    {
        _frames.Clear();
        GiveBack();
    }

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

    private void Take(int bytes)
    {
        var growth = Math.Max(0, _bytes + bytes - FreeBytes) - _taken;
        if (growth > 0)
        {
            budget.Take(growth);
            _taken += growth;
        }

        _bytes += bytes;
    }

    private void GiveBack()
    {
        budget.Release(_taken);
        (_bytes, _taken) = (0, 0);
    }
}

/// <summary>What one frame was: a part of a message (both null and empty), the end of one, or a command.</summary>
/// <param name="Message">The message that the frame has completed; null when it has completed none.</param>
/// <param name="Command">The command with its name; empty for a frame of a message.</param>
internal readonly record struct Assembled(ZmtpMessage? Message, ReadOnlyMemory<byte> Command);
