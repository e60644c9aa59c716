using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace ScheduleZero.Sealing;

/// <summary>
/// The form of a sealed body: a JSON text, so that it passes wherever a JSON body does, which holds in base64url one
/// byte version, eight bytes session, eight bytes number, the sealed bytes, and a tag of 16 bytes.
/// </summary>
internal static class SealedBody
{
    public const int SessionLength = 8;
    public const int HeaderLength = 1 + SessionLength + sizeof(ulong);
    public const int TagLength = 16;

    private const byte Version = 1;
    private const byte Quote = (byte)'"';

    /// <summary>
    /// Whether a body is sealed. Any other body of the protocol is a JSON object, and begins otherwise.
    /// </summary>
    public static bool IsSealed(ReadOnlySpan<byte> body) => !body.IsEmpty && body[0] == Quote;

    /// <summary>The length of the sealed form of a body.</summary>
    public static int LengthOf(int plainLength) =>
        Base64Url.GetEncodedLength(HeaderLength + plainLength + TagLength) + 2;

    public static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> session, ulong number)
    {
        header[0] = Version;
        session.CopyTo(header[1..]);
        BinaryPrimitives.WriteUInt64BigEndian(header[(1 + SessionLength)..], number);
    }

    public static ReadOnlySpan<byte> SessionOf(ReadOnlySpan<byte> header) => header.Slice(1, SessionLength);

    public static ulong NumberOf(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt64BigEndian(header[(1 + SessionLength)..]);

    /// <summary>Turns the bytes between the quotes into text, in their place.</summary>
    /// <param name="body">The whole body; the bytes begin after the place of the first quote.</param>
    public static void Encode(Span<byte> body, int length)
    {
        body[0] = body[^1] = Quote;
        if (!Base64Url.TryEncodeToUtf8InPlace(body[1..^1], length, out var written) || written != body.Length - 2)
        {
            throw new InvalidOperationException($"{length} bytes did not fit a sealed body of {body.Length}.");
        }
    }

    /// <summary>Reads the header alone, of a body that may be broken after it.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> body, Span<byte> header)
    {
        // 24 characters hold 18 bytes: the header, and one byte more.
        const int Characters = 24;
        Span<byte> bytes = stackalloc byte[HeaderLength + 1];
        if (
            body.Length < 2 + Characters
            || Base64Url.DecodeFromUtf8(body.Slice(1, Characters), bytes, out var used, out var written)
                != OperationStatus.Done
            || used != Characters
            || written != bytes.Length
            || bytes[0] != Version
        )
        {
            return false;
        }

        bytes[..HeaderLength].CopyTo(header);
        return true;
    }

    /// <summary>The number of bytes in a body; 0 for one that holds less than the least.</summary>
    public static int BytesIn(ReadOnlySpan<byte> body)
    {
        var characters = body.Length - 2;
        if (characters < 0 || characters % 4 == 1 || body[0] != Quote || body[^1] != Quote)
        {
            return 0;
        }

        var bytes = (int)((long)characters * 3 / 4);
        return bytes < HeaderLength + TagLength ? 0 : bytes;
    }

    /// <summary>Reads a body; false unless it is exactly what <see cref="Encode"/> writes.</summary>
    /// <param name="bytes">As long as <see cref="BytesIn"/> says.</param>
    public static bool TryDecode(ReadOnlySpan<byte> body, Span<byte> bytes)
    {
        var text = body[1..^1];
        return Base64Url.DecodeFromUtf8(text, bytes, out var used, out var written) == OperationStatus.Done
            && used == text.Length
            && written == bytes.Length
            && bytes[0] == Version
            && EndsAsEncoded(text, bytes);
    }

    // The last character has bits that no byte takes. One body must not have several texts.
    private static bool EndsAsEncoded(ReadOnlySpan<byte> text, ReadOnlySpan<byte> bytes)
    {
        var rest = bytes.Length % 3;
        if (rest == 0)
        {
            return true;
        }

        Span<byte> last = stackalloc byte[4];
        Base64Url.EncodeToUtf8(bytes[^rest..], last, out _, out var written);
        return text.EndsWith(last[..written]);
    }
}
