using System.Buffers.Text;

namespace ScheduleZero.Contracts;

/// <summary>
/// Finds halves of surrogate pairs in JSON, such as <c>\ud800</c> by itself. The grammar of JSON lets them pass, but
/// they are no characters, and whoever reads the text fails on them.
/// </summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6; // \uXXXX
    private const int None = -1;

    // The replacement has the same length as the escape that it stands for.
    private static ReadOnlySpan<byte> Replacement => @"\ufffd"u8;

    /// <summary>
    /// The index of the first lone half of a surrogate pair, from <paramref name="start"/> on; -1 when there is none.
    /// </summary>
    /// <param name="json">The JSON text. Outside of its texts JSON has no backslash, so that nothing needs to be
    /// parsed.</param>
    /// <param name="start">The index of the beginning of a character.</param>
    public static int IndexIn(ReadOnlySpan<byte> json, int start = 0)
    {
        var at = start;
        while (at < json.Length)
        {
            var found = json[at..].IndexOf((byte)'\\');
            if (found < 0)
            {
                return None;
            }

            at += found;
            switch (UnitAt(json, at))
            {
                case None:
                    at += 2; // Another escape is skipped whole, since it may be that of a backslash.
                    break;
                case var unit when !char.IsSurrogate((char)unit):
                    at += EscapeLength;
                    break;
                case var unit
                    when char.IsHighSurrogate((char)unit)
                        && UnitAt(json, at + EscapeLength) is not None and var next
                        && char.IsLowSurrogate((char)next):
                    at += 2 * EscapeLength;
                    break;
                default:
                    return at;
            }
        }

        return None;
    }

    /// <summary>
    /// The JSON with the replacement character U+FFFD in the place of each lone half of a surrogate pair; the given
    /// bytes themselves when there is none.
    /// </summary>
    public static ReadOnlySpan<byte> Mend(ReadOnlySpan<byte> json)
    {
        var at = IndexIn(json);
        if (at < 0)
        {
            return json;
        }

        var mended = json.ToArray();
        for (; at >= 0; at = IndexIn(mended, at + EscapeLength))
        {
            Replacement.CopyTo(mended.AsSpan(at));
        }

        return mended;
    }

    // The UTF-16 unit that is escaped at the index; None when there is no such escape.
    private static int UnitAt(ReadOnlySpan<byte> json, int at) =>
        at + EscapeLength <= json.Length
        && json[at] == '\\'
        && json[at + 1] == 'u'
        && Utf8Parser.TryParse(json.Slice(at + 2, 4), out ushort unit, out var read, 'x')
        && read == 4
            ? unit
            : None;
}
