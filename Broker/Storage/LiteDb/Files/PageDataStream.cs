using System.Buffers.Binary;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// The stream of LiteDB's data file. Only checkpoints write it: pages are gathered, the newest version of each counts,
/// and <see cref="Flush"/> writes them in order and syncs. LiteDB empties the log only after that. The first page
/// carries, in bytes that LiteDB does not use, the number of the log's generation that the file has taken over.
/// </summary>
/// <param name="generation">Returns the generation of the log whose pages are being taken over.</param>
internal sealed class PageDataStream(IDurableFile file, Func<ulong> generation) : Stream
{
    private const int TakenOffset = 160; // The offset lies behind LiteDB's settings, before its list of collections.

    // The bytes are the generation and its checksum, since a power cut may leave half of them.
    private const int TakenBytes = 12;

    private readonly SortedDictionary<long, byte[]> _pending = [];
    private Exception? _failure;
    private long _length = file.Length;

    /// <summary>
    /// The log's generation that the file has taken over; 0 when it has taken over none, and null when that is not
    /// known, since a power cut came while the number was being written.
    /// </summary>
    public ulong? Taken { get; private set; } = ReadTaken(file);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ThrowIfFailed();
        if (_pending.TryGetValue(Position, out var page))
        {
            page.AsSpan(0, Math.Min(count, page.Length)).CopyTo(buffer.AsSpan(offset));
            Position += Math.Min(count, page.Length);
            return Math.Min(count, page.Length);
        }

        var read = file.Read(Position, buffer.AsSpan(offset, count));
        Position += read;
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ThrowIfFailed();
        if (_pending.TryGetValue(Position, out var page) && page.Length == count)
        {
            buffer.AsSpan(offset, count).CopyTo(page);
        }
        else
        {
            _pending[Position] = buffer.AsSpan(offset, count).ToArray();
        }

        Position += count;
        _length = Math.Max(_length, Position);
    }

    public override void Flush()
    {
        ThrowIfFailed();
        try
        {
            foreach (var (position, page) in _pending)
            {
                if (position == 0 && Taken is { } taken)
                {
                    WriteTaken(page.AsSpan(TakenOffset, TakenBytes), taken); // LiteDB passes on whatever it read there.
                }

                file.Write(position, page);
            }

            _pending.Clear();
            Stamp();
            file.Sync();
        }
        catch (Exception e)
        {
            _failure = e;
            throw;
        }
    }

    public override void SetLength(long value)
    {
        ThrowIfFailed();
        file.SetLength(value);
        _length = value;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    // Writes the stamp, after all pages: whoever copies the file meanwhile must not get the stamp without the pages.
    private void Stamp()
    {
        if (file.Length == 0)
        {
            return;
        }

        Span<byte> stamp = stackalloc byte[TakenBytes];
        WriteTaken(stamp, generation());
        file.Write(TakenOffset, stamp);
        Taken = generation();
    }

    private static ulong? ReadTaken(IDurableFile file)
    {
        Span<byte> stamp = stackalloc byte[TakenBytes];
        if (file.Read(TakenOffset, stamp) != stamp.Length || !stamp.ContainsAnyExcept((byte)0))
        {
            return 0;
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(stamp[8..]) == Crc32C.Of(stamp[..8])
            ? BinaryPrimitives.ReadUInt64LittleEndian(stamp)
            : null;
    }

    private static void WriteTaken(Span<byte> target, ulong generation)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, generation);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], generation == 0 ? 0 : Crc32C.Of(target[..8]));
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new IOException("The data file failed before: " + _failure.Message, _failure);
        }
    }
}
