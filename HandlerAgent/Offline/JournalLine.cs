using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The place of a line in the journal, with its end of line, in bytes.</summary>
internal readonly record struct JournalSpan(long Position, int Length);

/// <summary>
/// Writes a record as a line, and reads it: eight hex digits of the CRC-32 of the JSON, a blank, the JSON, an end of
/// line.
/// </summary>
internal static class JournalLine
{
    private const int HeadLength = 9;

    /// <summary>Writes a record as a line.</summary>
    /// <returns>The length of the line in bytes.</returns>
    public static int Write(JournalRecord record, ArrayBufferWriter<byte> into)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record, OfflineJson.Options);
        // A result is stored as the handler wrote it, and may have several lines. In a string, JSON has no such bytes.
        json.AsSpan().ReplaceAny(SearchValues.Create("\r\n"u8), (byte)' ');
        into.Write(Encoding.ASCII.GetBytes($"{Crc32.HashToUInt32(json):x8} "));
        into.Write(json);
        into.Write("\n"u8);
        return HeadLength + json.Length + 1;
    }

    /// <summary>Reads a line; null when the line is not as it was written.</summary>
    public static JournalRecord? Read(ReadOnlySpan<byte> line)
    {
        if (
            line.Length <= HeadLength + 1
            || line[^1] != (byte)'\n'
            || line[HeadLength - 1] != (byte)' '
            || !uint.TryParse(
                line[..(HeadLength - 1)],
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var crc
            )
        )
        {
            return null;
        }

        var json = line[HeadLength..^1];
        return Crc32.HashToUInt32(json) == crc
            ? JsonSerializer.Deserialize<JournalRecord>(json, OfflineJson.Options)
            : null;
    }
}
