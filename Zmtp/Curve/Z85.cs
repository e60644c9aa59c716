using System.Diagnostics.CodeAnalysis;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>The text form of binary keys in ZeroMQ: 4 bytes are 5 printable characters (RFC 32 of ZeroMQ).</summary>
internal static class Z85
{
    private const string Alphabet =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

    /// <param name="bytes">A multiple of 4 bytes.</param>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length % 4, 0);
        return string.Create(
            bytes.Length / 4 * 5,
            bytes,
            static (text, bytes) =>
            {
                for (var i = 0; i < bytes.Length; i += 4)
                {
                    var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[i..]);
                    for (var place = 4; place >= 0; place--)
                    {
                        text[(i / 4 * 5) + place] = Alphabet[(int)(value % 85)];
                        value /= 85;
                    }
                }
            }
        );
    }

    /// <returns>False when the text is not a multiple of 5 characters, or holds one that Z85 does not know.</returns>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 5 != 0)
        {
            return false;
        }

        var decoded = new byte[text.Length / 5 * 4];
        for (var i = 0; i < text.Length; i += 5)
        {
            ulong value = 0;
            foreach (var character in text.AsSpan(i, 5))
            {
                var digit = Alphabet.IndexOf(character, StringComparison.Ordinal);
                if (digit < 0)
                {
                    return false;
                }

                value = (value * 85) + (ulong)digit;
            }

            if (value > uint.MaxValue)
            {
                return false;
            }

            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(decoded.AsSpan(i / 5 * 4), (uint)value);
        }

        bytes = decoded;
        return true;
    }
}
