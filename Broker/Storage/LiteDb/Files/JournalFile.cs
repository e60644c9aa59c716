using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// One of the two files of the journal: a header, then the commits of one generation in the order of their numbers. A
/// commit is one record, or several of which the last one is marked. Each record has a checksum that covers the salt of
/// the generation, so what an earlier generation left behind the end is never taken for a record. The header stands
/// twice, each copy in a sector of its own. Used by the storage thread.
/// </summary>
internal sealed class JournalFile(IDurableFile file) : IDisposable
{
    internal const int FirstRecord = 2 * HeaderRoom;

    // The distance between the two copies of the header: the largest sector of a disk.
    private const int HeaderRoom = 4096;
    private const int HeaderBytes = 44;
    private const int RecordHeaderBytes = 20;

    // The offset in a record's header of the number of the part, above the bit that marks the last part.
    private const int PartOffset = 16;
    private const int GrowMin = 64 * 1024;
    private const int GrowMax = 1024 * 1024;
    private const long KeptBytesMax = 64 * 1024 * 1024;
    private const ulong Magic = 0x314C4E4A2D5A53; // "SZ-JNL1"

    private static readonly byte[] _zeros = new byte[GrowMin];

    /// <summary>The end of the newest commit that is on disk.</summary>
    private long _end = FirstRecord;

    /// <summary>The end of the records of the commit that is being written.</summary>
    private long _written;
    private long _length = file.Length;

    /// <summary>The checksum of the salt, from which the checksum of each record goes on.</summary>
    private uint _seed;
    private byte[] _buffer = new byte[4096];

    /// <summary>The number that names the journal; 0 while the file has no valid header.</summary>
    public ulong Id { get; private set; }

    /// <summary>The number of the generation; the file with the higher one holds the newer commits.</summary>
    public long Generation { get; private set; }

    /// <summary>The number of the first commit of the generation.</summary>
    public long First { get; private set; } = 1;

    /// <summary>The number of the newest commit in the file; one less than <see cref="First"/> without any.</summary>
    public long Last { get; private set; }

    /// <summary>The bytes of the records.</summary>
    public long Bytes => _end - FirstRecord;

    /// <summary>Reads the header, and finds the end of the commits.</summary>
    public void Open()
    {
        // A power cut while a generation begins can leave the copies of the header half written, or one of them old.
        var newest = new[] { ReadHeader(0), ReadHeader(HeaderRoom) }.OfType<byte[]>().MaxBy(GenerationOf);
        if (newest is not null)
        {
            Take(newest);
            foreach (var record in ReadFrom(First))
            {
                if (record.IsLast)
                {
                    (_end, Last) = (record.End, record.Number);
                }
            }
        }
    }

    /// <summary>Begins a generation, which is on disk when this returns. The old content is given up.</summary>
    /// <param name="first">The number of the first commit to come.</param>
    public void Begin(ulong id, long generation, long first)
    {
        if (_length > KeptBytesMax)
        {
            file.SetLength(KeptBytesMax);
            _length = KeptBytesMax;
        }

        var header = new byte[FirstRecord];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), id);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), generation);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), first);
        RandomNumberGenerator.Fill(header.AsSpan(32, 8));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(40), Crc32C.Of(header.AsSpan(0, 40)));
        header.AsSpan(0, HeaderBytes).CopyTo(header.AsSpan(HeaderRoom));
        file.Write(0, header);
        _length = Math.Max(_length, FirstRecord);
        file.Sync();
        Take(header);
    }

    /// <summary>Writes one record of a commit. The commit counts when <see cref="Sync"/> has returned.</summary>
    /// <param name="number">The number of the commit: that after <see cref="Last"/>.</param>
    /// <param name="part">The place of the record in the commit, from 0.</param>
    public void Write(long number, int part, bool isLast, ReadOnlySpan<byte> payload)
    {
        if (part == 0)
        {
            _written = _end;
        }

        var length = RecordHeaderBytes + payload.Length;
        Room(length);
        var record = _buffer.AsSpan(0, length);
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], number);
        BinaryPrimitives.WriteInt32LittleEndian(record[PartOffset..], (part << 1) | (isLast ? 1 : 0));
        payload.CopyTo(record[RecordHeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], ChecksumOf(record));
        Grow(_written + length);
        file.Write(_written, record);
        _written += length;
    }

    /// <summary>Puts the commit on disk that was written; it is there when this returns.</summary>
    public void Sync()
    {
        file.Sync();
        _end = _written;
        Last++;
    }

    /// <summary>Reads the records of the commits from a number on, in their order.</summary>
    public IEnumerable<JournalRecord> Read(long from) => ReadFrom(from).TakeWhile(record => record.Number <= Last);

    /// <summary>
    /// Whether a record of a later commit stands behind the end. The next commit is written only when the one before
    /// is on disk, so then the disk has changed a commit that was acknowledged.
    /// </summary>
    public bool HasCommitsBehindEnd()
    {
        var rest = new byte[Math.Max(0, _length - _end)];
        file.Read(_end, rest);
        for (var at = 0; at <= rest.Length - RecordHeaderBytes; at++)
        {
            var number = BinaryPrimitives.ReadInt64LittleEndian(rest.AsSpan(at + 8));
            if (number > Last + 1 && number < Last + int.MaxValue && IsRecord(rest.AsSpan(at)))
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => file.Dispose();

    // Reads records until one does not follow the one before it.
    private IEnumerable<JournalRecord> ReadFrom(long from)
    {
        var (at, number, part) = ((long)FirstRecord, First, 0);
        while (ReadRecord(at, number, part) is { } length)
        {
            at += length;
            var isLast = (_buffer[PartOffset] & 1) != 0;
            if (number >= from)
            {
                yield return new JournalRecord(number, isLast, at, _buffer.AsMemory(RecordHeaderBytes..length));
            }

            (number, part) = isLast ? (number + 1, 0) : (number, part + 1);
        }
    }

    /// <summary>Reads one record into the buffer.</summary>
    /// <returns>The bytes of the record; null when the file has another record there, or none.</returns>
    private int? ReadRecord(long at, long number, int part)
    {
        Room(RecordHeaderBytes);
        if (file.Read(at, _buffer.AsSpan(0, RecordHeaderBytes)) < RecordHeaderBytes)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
        if (
            length < 0
            || length > _length - at - RecordHeaderBytes
            || BinaryPrimitives.ReadInt64LittleEndian(_buffer.AsSpan(8)) != number
            || BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(PartOffset)) >> 1 != part
        )
        {
            return null;
        }

        Room(RecordHeaderBytes + length);
        file.Read(at + RecordHeaderBytes, _buffer.AsSpan(RecordHeaderBytes, length));
        return IsRecord(_buffer) ? RecordHeaderBytes + length : null;
    }

    // Whether the bytes begin with a whole record of this generation.
    private bool IsRecord(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length >= 0
            && length <= bytes.Length - RecordHeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == ChecksumOf(bytes[..(RecordHeaderBytes + length)]);
    }

    private uint ChecksumOf(ReadOnlySpan<byte> record) => Crc32C.Of(record[8..], Crc32C.Of(record[..4], _seed));

    private byte[]? ReadHeader(long at)
    {
        var header = new byte[HeaderBytes];
        return
            file.Read(at, header) == HeaderBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(header) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(40)) == Crc32C.Of(header.AsSpan(0, 40))
            ? header
            : null;
    }

    private static long GenerationOf(byte[] header) => BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16));

    private void Take(byte[] header)
    {
        Id = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(8));
        Generation = GenerationOf(header);
        First = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(24));
        Last = First - 1;
        _seed = Crc32C.Of(header.AsSpan(32, 8));
        _end = FirstRecord;
    }

    // Grows the file ahead of the records: a flush that need not record a new length is cheaper.
    private void Grow(long end)
    {
        while (_length < end)
        {
            for (var left = Math.Clamp(_length, GrowMin, GrowMax); left > 0; left -= _zeros.Length)
            {
                file.Write(_length, _zeros);
                _length += _zeros.Length;
            }
        }
    }

    private void Room(int count)
    {
        if (count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, count));
        }
    }
}

/// <summary>One record of the journal.</summary>
/// <param name="Number">The number of the commit.</param>
/// <param name="IsLast">Whether the commit ends with this record.</param>
/// <param name="End">The position behind the record.</param>
/// <param name="Payload">The bytes; they hold until the next record is read.</param>
internal readonly record struct JournalRecord(long Number, bool IsLast, long End, ReadOnlyMemory<byte> Payload);
