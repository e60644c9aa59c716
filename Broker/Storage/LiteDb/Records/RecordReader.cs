using System.Buffers.Binary;
using System.Text;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Reads the bytes that <see cref="RecordWriter"/> wrote. At the end of a record every further field is its default:
/// zero, or not set.
/// </summary>
/// <exception cref="InvalidDataException">Thrown by every read: the bytes are not such a record.</exception>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes, Interner? interner)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Lets equal strings and specs be shared; null to read each anew.</summary>
    public Interner? Interner { get; } = interner;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Steps over the next record and returns a reader of it.</summary>
    public RecordReader Record()
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        return new RecordReader(Take(length), Interner);
    }

    public byte Byte() => AtEnd ? (byte)0 : Take(1)[0];

    public bool Flag() => Byte() != 0;

    public long Number(long missing = 0)
    {
        if (AtEnd)
        {
            return missing;
        }

        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw new InvalidDataException("A number does not end.");
    }

    public double Fraction() => AtEnd ? 0 : BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public string? Text()
    {
        var length = Number(missing: -1);
        if (length < 0)
        {
            return null;
        }

        var utf8 = Take(length);
        return Interner?.Share(utf8) ?? Encoding.UTF8.GetString(utf8);
    }

    public string RequiredText() => Text() ?? throw new InvalidDataException("A text is missing.");

    public List<string>? Texts()
    {
        var count = Number(missing: -1);
        if (count < 0)
        {
            return null;
        }

        var values = new List<string>((int)Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            values.Add(RequiredText());
        }

        return values;
    }

    public ReadOnlySpan<byte> Bytes() => Take(Number());

    public Guid Id() => AtEnd ? Guid.Empty : new Guid(Take(16), bigEndian: true);

    public JobId? OptionalId() => Flag() ? new JobId(Id()) : null;

    public DateTimeOffset Instant() => new(Number(), TimeSpan.Zero);

    public DateTimeOffset? OptionalInstant()
    {
        var ticks = Number(missing: -1);
        return ticks < 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    public TimeSpan Duration() => new(Number());

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new InvalidDataException($"A record ends {count - _rest.Length} bytes early.");
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
