using System.Buffers.Text;
using System.Text;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// The header frame of a ZeroMQ message: <c>SZ1 Hello</c> from a handler; <c>SZ1 Hello c42 7</c> on a Bridge link, with
/// the connection within the Bridge (<c>-</c> for none) and the link's own count of messages in that direction, which
/// finds losses.
/// </summary>
/// <param name="Connection">The number of the connection within the Bridge; 0 for none.</param>
/// <param name="Sequence">The number of the message, counted from 1 after each BridgeWelcome; 0 for a message that is
/// not counted.</param>
public readonly record struct FrameHeader(MessageKind Kind, ulong Connection = 0, ulong Sequence = 0)
{
    /// <summary>The most bytes that a header has.</summary>
    public const int LengthMax = 64;

    private static readonly byte[][] Words =
    [
        .. Enum.GetValues<MessageKind>().Select(kind => Encoding.ASCII.GetBytes(kind.ToString())),
    ];

    private static ReadOnlySpan<byte> Version => "SZ1 "u8;

    /// <summary>Reads a header frame; false for anything that this version does not know.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out FrameHeader header)
    {
        header = default;
        if (frame.Length > LengthMax || !frame.StartsWith(Version) || frame[^1] == (byte)' ')
        {
            return false;
        }

        var rest = frame[Version.Length..];
        var kind = FindKind(NextWord(ref rest));
        ulong connection = 0,
            sequence = 0;
        if (
            kind is null
            || (!rest.IsEmpty && !TryParseConnection(NextWord(ref rest), out connection))
            || (!rest.IsEmpty && !TryParseNumber(NextWord(ref rest), out sequence))
            || !rest.IsEmpty
        )
        {
            return false;
        }

        header = new FrameHeader(kind.Value, connection, sequence);
        return true;
    }

    /// <summary>Writes the header into a buffer that takes <see cref="LengthMax"/> bytes. Returns the length.</summary>
    public int Format(Span<byte> buffer)
    {
        var at = Append(buffer, 0, Version);
        at = Append(buffer, at, Words[(int)Kind - 1]);
        if (Connection == 0 && Sequence == 0)
        {
            return at;
        }

        at = Append(buffer, at, Connection == 0 ? " -"u8 : " c"u8);
        if (Connection != 0)
        {
            Utf8Formatter.TryFormat(Connection, buffer[at..], out var digits);
            at += digits;
        }

        if (Sequence != 0)
        {
            buffer[at++] = (byte)' ';
            Utf8Formatter.TryFormat(Sequence, buffer[at..], out var digits);
            at += digits;
        }

        return at;
    }

    /// <summary>The header as a frame of its own.</summary>
    public byte[] ToFrame()
    {
        Span<byte> buffer = stackalloc byte[LengthMax];
        return buffer[..Format(buffer)].ToArray();
    }

    public override string ToString() => Encoding.ASCII.GetString(ToFrame());

    private static int Append(Span<byte> buffer, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer[at..]);
        return at + bytes.Length;
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> rest)
    {
        var space = rest.IndexOf((byte)' ');
        var word = space < 0 ? rest : rest[..space];
        rest = space < 0 ? default : rest[(space + 1)..];
        return word;
    }

    private static MessageKind? FindKind(ReadOnlySpan<byte> word)
    {
        for (var i = 0; i < Words.Length; i++)
        {
            if (word.SequenceEqual(Words[i]))
            {
                return (MessageKind)(i + 1);
            }
        }

        return null;
    }

    private static bool TryParseConnection(ReadOnlySpan<byte> word, out ulong connection)
    {
        connection = 0;
        return word.SequenceEqual("-"u8)
            || (word.Length > 1 && word[0] == (byte)'c' && TryParseNumber(word[1..], out connection) && connection > 0);
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> word, out ulong number) =>
        Utf8Parser.TryParse(word, out number, out var used) && used == word.Length && word.Length > 0;
}
