using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// The stream of LiteDB's log, written so that a crash leaves a clean prefix of it. Each page stands in a frame with
/// the salt of the log's generation, its number and a CRC-32C; on opening, the frames up to the first one that does not
/// fit are the log. Pages are gathered in memory until <see cref="Sync"/>; LiteDB's background writer fills the stream,
/// the storage thread syncs it. The header also names the generation that the data file has taken over, so that two
/// files of different moments are noticed.
/// </summary>
internal sealed class PageLogStream : Stream
{
    internal const int PageBytes = 8192;
    internal const int HeaderBytes = 512;
    internal const int FrameBytes = FrameHeaderBytes + PageBytes;

    private const int FrameHeaderBytes = 16;

    // The offset in the header of the generation that the data file has taken over, and its checksum.
    private const int TakenOffset = 24;

    // The offset in LiteDB's page header of the flag that marks the last page of a transaction.
    private const int ConfirmedOffset = 18;
    private const long KeptBytesMax = 64 * 1024 * 1024;
    private const int PendingBytesMax = 4 * 1024 * 1024;
    private const ulong Magic = 0x31474F4C2D5A53; // "SZ-LOG1"

    private readonly IDurableFile _file;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _moved = new();
    private byte[] _pending = new byte[64 * FrameBytes];
    private int _pendingPages;
    private long _pages;
    private ulong _salt;
    private long _confirmed;
    private Exception? _failure;

    public PageLogStream(IDurableFile file)
    {
        _file = file;
        if (file.Length == 0)
        {
            Reset();
            return;
        }

        Recover();
    }

    /// <summary>
    /// Whether opening cut off frames that belonged to this generation: a write that never ended, or damage.
    /// </summary>
    public bool WasTorn { get; private set; }

    /// <summary>
    /// The number that names this generation of the log; a new one begins each time that the log is emptied.
    /// </summary>
    public ulong Salt => _salt;

    /// <summary>
    /// The generation that the data file had taken over when this generation began; 0 when that is not known.
    /// </summary>
    public ulong TakenBefore { get; private set; }

    /// <summary>
    /// Returns the generation that the data file has taken over; set once, when the data file has been opened.
    /// </summary>
    public Func<ulong> TakenByData { get; set; } = static () => 0;

    public long Pages
    {
        get
        {
            lock (_gate)
            {
                return _pages;
            }
        }
    }

    /// <summary>How many transactions have arrived up to their last page.</summary>
    public long Confirmed => Interlocked.Read(ref _confirmed);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => Pages * PageBytes;

    public override long Position { get; set; }

    /// <summary>Waits until LiteDB's background writer has handed over this many transactions.</summary>
    /// <exception cref="IOException">LiteDB's writer failed, or handed over nothing for a minute.</exception>
    public void WaitForConfirmed(long count)
    {
        while (Confirmed < count)
        {
            _moved.Reset();
            ThrowIfFailed();
            if (Confirmed < count && !_moved.Wait(TimeSpan.FromMinutes(1)))
            {
                throw new IOException("LiteDB's writer has not handed over its pages within a minute.");
            }
        }

        ThrowIfFailed();
    }

    /// <summary>Puts everything that has arrived on disk; it is there when this returns.</summary>
    public void Sync()
    {
        lock (_gate)
        {
            ThrowIfFailed();
            Guarded(() =>
            {
                WritePending();
                _file.Sync();
            });
        }
    }

    // Does nothing: LiteDB calls this at the end of each run of its writer, but only Sync makes a commit durable.
    public override void Flush() { }

    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            Guarded(() => Append(buffer.AsSpan(offset, count)));
            Position += count;
            if (buffer[offset + ConfirmedOffset] != 0)
            {
                Interlocked.Increment(ref _confirmed);
                _moved.Set();
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            var page = Position / PageBytes;
            if (page >= _pages || count < PageBytes)
            {
                return 0;
            }

            Guarded(() => ReadPage(page, buffer.AsSpan(offset, PageBytes)));
            Position += PageBytes;
            return PageBytes;
        }
    }

    public override void SetLength(long value)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            if (value == 0)
            {
                Guarded(Reset);
            }
            else if (value != _pages * PageBytes)
            {
                throw new NotSupportedException("The log is emptied as a whole.");
            }
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _moved.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> page)
    {
        if (page.Length != PageBytes || Position != _pages * PageBytes)
        {
            throw new IOException(
                $"The log takes whole pages in order; got {page.Length} bytes at {Position}, not {_pages * PageBytes}."
            );
        }

        if (_pendingPages * FrameBytes >= PendingBytesMax)
        {
            WritePending();
        }

        var start = _pendingPages * FrameBytes;
        if (start + FrameBytes > _pending.Length)
        {
            Array.Resize(ref _pending, _pending.Length * 2);
        }

        var frame = _pending.AsSpan(start, FrameBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(frame, _salt);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], (uint)_pages);
        page.CopyTo(frame[FrameHeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], Checksum(frame));
        _pendingPages++;
        _pages++;
    }

    private void WritePending()
    {
        if (_pendingPages > 0)
        {
            _file.Write(Offset(_pages - _pendingPages), _pending.AsSpan(0, _pendingPages * FrameBytes));
            _pendingPages = 0;
        }
    }

    private void ReadPage(long page, Span<byte> target)
    {
        var written = _pages - _pendingPages;
        if (page >= written)
        {
            _pending.AsSpan((int)(page - written) * FrameBytes, FrameBytes)[FrameHeaderBytes..].CopyTo(target);
            return;
        }

        Span<byte> frame = stackalloc byte[FrameBytes];
        if (_file.Read(Offset(page), frame) != FrameBytes || !IsValid(frame, page))
        {
            throw new IOException(
                $"Page {page} of the log does not read back as it was written: the disk has changed it."
            );
        }

        frame[FrameHeaderBytes..].CopyTo(target);
    }

    // Begins a new generation. A new salt makes every old frame worthless at once. The new salt is on disk before the
    // first new frame is, and the file's length stays: a sync that need not record a new length is cheaper.
    private void Reset()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        RandomNumberGenerator.Fill(header.Slice(8, 8));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32C.Of(header[..16]));
        _salt = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        TakenBefore = TakenByData();
        BinaryPrimitives.WriteUInt64LittleEndian(header[TakenOffset..], TakenBefore);
        BinaryPrimitives.WriteUInt32LittleEndian(header[(TakenOffset + 8)..], TakenChecksum(header));
        _pages = 0;
        _pendingPages = 0;
        if (_file.Length > KeptBytesMax)
        {
            _file.SetLength(0);
        }

        _file.Write(0, header);
        _file.Sync();
    }

    private void Recover()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (
            _file.Read(0, header) != HeaderBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[16..]) != Crc32C.Of(header[..16])
        )
        {
            // A header that does not fit is no loss: it is only written while the log is being emptied, when the data
            // file has everything.
            WasTorn = true;
            _file.SetLength(0);
            Reset();
            return;
        }

        _salt = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        // Logs of earlier versions have nothing at this offset.
        TakenBefore =
            BinaryPrimitives.ReadUInt32LittleEndian(header[(TakenOffset + 8)..]) == TakenChecksum(header)
                ? BinaryPrimitives.ReadUInt64LittleEndian(header[TakenOffset..])
                : 0;
        var frame = new byte[FrameBytes];
        int read;
        while ((read = _file.Read(Offset(_pages), frame)) == FrameBytes && IsValid(frame, _pages))
        {
            _pages++;
        }

        // Frames of this generation behind the cut would count again once the gap before them is filled.
        WasTorn = read >= 8 && BinaryPrimitives.ReadUInt64LittleEndian(frame) == _salt;
        if (_file.Length > Offset(_pages))
        {
            _file.SetLength(Offset(_pages));
            _file.Sync();
        }
    }

    private bool IsValid(ReadOnlySpan<byte> frame, long page) =>
        BinaryPrimitives.ReadUInt64LittleEndian(frame) == _salt
        && BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]) == (uint)page
        && BinaryPrimitives.ReadUInt32LittleEndian(frame[12..]) == Checksum(frame);

    // The checksum covers the salt too: when a header was only half written, the old half must not pass for that of the
    // new generation.
    private static uint TakenChecksum(ReadOnlySpan<byte> header) =>
        Crc32C.Of(header.Slice(TakenOffset, 8), Crc32C.Of(header[..16]));

    private static uint Checksum(ReadOnlySpan<byte> frame) =>
        Crc32C.Of(frame[FrameHeaderBytes..], Crc32C.Of(frame[..12]));

    private static long Offset(long page) => HeaderBytes + (page * FrameBytes);

    // After one failed operation nobody knows what the file holds; everything later must fail too.
    private void Guarded(Action operation)
    {
        try
        {
            operation();
        }
        catch (Exception e)
        {
            _failure = e;
            _moved.Set();
            throw;
        }
    }

    private void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw new IOException("The log failed before: " + failure.Message, failure);
        }
    }
}
