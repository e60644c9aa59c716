using System.Text;

namespace ScheduleZero.Bridge.Tests.Peers;

/// <summary>The same values of MessagePack in the narrowest and in the widest of their forms; each is legal.</summary>
internal static class MessagePackForms
{
    public static byte[] FixArray(int count) => [(byte)(0x90 | count)];

    public static byte[] Array16(int count) => [0xDC, (byte)(count >> 8), (byte)count];

    public static byte[] Array32(int count) => [0xDD, .. BigEndian(count)];

    public static byte[] FixMap(int count) => [(byte)(0x80 | count)];

    public static byte[] Map32(int count) => [0xDF, .. BigEndian(count)];

    public static byte[] FixStr(string text) => [(byte)(0xA0 | text.Length), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Str8(string text) => [0xD9, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Str32(string text) => [0xDB, .. BigEndian(text.Length), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Bin8(byte[] bytes) => [0xC4, (byte)bytes.Length, .. bytes];

    public static byte[] Bin32(byte[] bytes) => [0xC6, .. BigEndian(bytes.Length), .. bytes];

    public static byte[] UInt64(byte value) => [0xCF, 0, 0, 0, 0, 0, 0, 0, value];

    /// <summary>A message of the hub protocol: its length in groups of seven bits, the lowest first.</summary>
    public static byte[] Message(params byte[][] parts)
    {
        byte[] body = [.. parts.SelectMany(part => part)];
        List<byte> message = [];
        for (var left = body.Length; ; left >>= 7)
        {
            message.Add((byte)((left & 0x7F) | (left > 0x7F ? 0x80 : 0)));
            if (left <= 0x7F)
            {
                return [.. message, .. body];
            }
        }
    }

    private static byte[] BigEndian(int value) =>
        [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
