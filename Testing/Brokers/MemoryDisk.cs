using ScheduleZero.Broker.Storage.LiteDb.Files;

namespace ScheduleZero.Testing.Brokers;

/// <summary>
/// The Broker's data folder, in memory. The disk can undo what was not synced, so that its power can be cut.
/// </summary>
internal sealed class MemoryDisk
{
    private readonly Dictionary<string, Image> _images = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private bool _hasPower = true;

    /// <summary>Whether the next sync fails, and with it the power.</summary>
    public bool DiesAtNextSync { get; set; }

    public IDurableFolder Open() => new Folder(this);

    public void CutPower()
    {
        lock (_gate)
        {
            _hasPower = false;
        }
    }

    /// <summary>Gives the disk power again: it has the synced bytes, and nothing else.</summary>
    public void GivePower()
    {
        lock (_gate)
        {
            foreach (var image in _images.Values)
            {
                image.Undo();
            }

            (_hasPower, DiesAtNextSync) = (true, false);
        }
    }

    private bool Holds(string name)
    {
        lock (_gate)
        {
            return _images.ContainsKey(name);
        }
    }

    private Image Find(string name)
    {
        lock (_gate)
        {
            return _images.TryGetValue(name, out var image) ? image : _images[name] = new Image();
        }
    }

    private void Operate(Action operation)
    {
        lock (_gate)
        {
            operation();
            if (!_hasPower)
            {
                throw new IOException("The power is gone.");
            }
        }
    }

    private sealed class Folder(MemoryDisk disk) : IDurableFolder
    {
        public long? FreeBytes => null;

        public bool Has(string name) => disk.Holds(name);

        public IDurableFile Open(string name) => new OpenFile(disk, disk.Find(name));

        public void Dispose() { }
    }

    private sealed class OpenFile(MemoryDisk disk, Image image) : IDurableFile
    {
        public long Length => image.Length;

        public int Read(long position, Span<byte> buffer) => image.Read(position, buffer);

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            lock (disk._gate)
            {
                image.Write(position, bytes);
            }

            disk.Operate(static () => { });
        }

        public void SetLength(long length) => disk.Operate(() => image.SetLength(length));

        public void Sync() =>
            disk.Operate(() =>
            {
                disk._hasPower &= !disk.DiesAtNextSync;
                if (disk._hasPower)
                {
                    image.Sync();
                }
            });

        public void Dispose() { }
    }

    // One file. Only one thread writes it, that of the store.
    private sealed class Image
    {
        private readonly Stack<(long Length, long Position, byte[] Before)> _undo = new();
        private byte[] _bytes = [];

        public long Length { get; private set; }

        public int Read(long position, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(Length - position, 0, buffer.Length);
            _bytes.AsSpan((int)Math.Min(position, Length), count).CopyTo(buffer);
            return count;
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            var end = position + bytes.Length;
            Remember(position, Math.Min(end, Length));
            Grow(Math.Max(end, Length));
            bytes.CopyTo(_bytes.AsSpan((int)position));
        }

        public void SetLength(long length)
        {
            Remember(length, Length);
            Grow(length);
        }

        public void Sync() => _undo.Clear();

        public void Undo()
        {
            while (_undo.TryPop(out var last))
            {
                Grow(last.Length);
                last.Before.CopyTo(_bytes.AsSpan((int)last.Position));
            }
        }

        private void Remember(long from, long to) =>
            _undo.Push((Length, from, from < to ? _bytes.AsSpan((int)from, (int)(to - from)).ToArray() : []));

        private void Grow(long length)
        {
            if (length > _bytes.Length)
            {
                Array.Resize(ref _bytes, (int)Math.Max(length, Math.Min(2L * _bytes.Length, Array.MaxLength)));
            }

            if (length < Length)
            {
                _bytes.AsSpan((int)length, (int)(Length - length)).Clear();
            }

            Length = length;
        }
    }
}
