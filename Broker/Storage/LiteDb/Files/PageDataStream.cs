namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// LiteDB's data file. It is written only by checkpoints: pages are gathered, the newest of each wins, and <see cref="Flush"/> writes
/// them in order and syncs. LiteDB empties the log only after that.
/// </summary>
internal sealed class PageDataStream(IDurableFile file) : Stream
{
    private readonly SortedDictionary<long, byte[]> _pending = [];
    private Exception? _failure;
    private long _length = file.Length;

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
                file.Write(position, page);
            }

            _pending.Clear();
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

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new IOException("The data file failed before: " + _failure.Message, _failure);
        }
    }
}
