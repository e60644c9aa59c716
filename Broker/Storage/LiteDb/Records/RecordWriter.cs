using System.Buffers.Binary;
using System.Text;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Writes records: a length, then fields in a fixed order. Fields are only ever added at the end of a record; a reader
/// of an older record finds its end and takes the default.
/// </summary>
internal sealed class RecordWriter
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Starts a record. The caller gives the returned value to <see cref="End"/>.</summary>
    public int Begin()
    {
        Room(4);
        Length += 4;
        return Length;
    }

    public void End(int start) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start - 4), Length - start);

    public void Byte(byte value)
    {
        Room(1);
        _bytes[Length++] = value;
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(long value)
    {
        Room(10);
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            _bytes[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        _bytes[Length++] = (byte)rest;
    }

    public void Fraction(double value)
    {
        Room(8);
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(Length), value);
        Length += 8;
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Number(-1);
            return;
        }

        Number(Encoding.UTF8.GetByteCount(value));
        Room(value.Length * 3);
        Length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(Length));
    }

    public void Texts(IReadOnlyList<string>? values)
    {
        Number(values?.Count ?? -1);
        for (var i = 0; i < values?.Count; i++)
        {
            Text(values[i]);
        }
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        Room(value.Length);
        value.CopyTo(_bytes.AsSpan(Length));
        Length += value.Length;
    }

    public void Id(Guid value)
    {
        Room(16);
        value.TryWriteBytes(_bytes.AsSpan(Length), bigEndian: true, out _);
        Length += 16;
    }

    public void Id(JobId? value)
    {
        Flag(value is not null);
        if (value is { } id)
        {
            Id(id.Value);
        }
    }

    public void Instant(DateTimeOffset value) => Number(value.UtcTicks);

    public void Instant(DateTimeOffset? value) => Number(value?.UtcTicks ?? -1);

    public void Duration(TimeSpan value) => Number(value.Ticks);

    private void Room(int count)
    {
        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }
    }
}
