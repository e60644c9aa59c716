using System.Text;

namespace ScheduleZero.Edges;

/// <summary>
/// Reads a Content-Length for Kestrel, which by itself also accepts +19 and -0: a text that is not one to nineteen
/// digits is read as a word that is no number, so that Kestrel refuses the request (RFC 9110, 8.6).
/// </summary>
internal sealed class ContentLengthEncoding : ASCIIEncoding
{
    private const int DigitsMax = 19;
    private const char NoNumber = '?';

    public static ContentLengthEncoding Instance { get; } = new();

    public override int GetCharCount(ReadOnlySpan<byte> bytes) => IsNumber(bytes) ? bytes.Length : 1;

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (!IsNumber(bytes))
        {
            chars[0] = NoNumber;
            return 1;
        }

        return base.GetChars(bytes, chars);
    }

    private static bool IsNumber(ReadOnlySpan<byte> bytes) =>
        bytes.Length is > 0 and <= DigitsMax && !bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
