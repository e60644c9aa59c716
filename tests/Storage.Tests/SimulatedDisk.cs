using ScheduleZero.Broker.Storage.LiteDb.Files;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// Files in memory that remember what was synced. After a power cut the synced bytes are there. Of the other writes the
/// seed decides: none, all up to some point with the last one cut short, or any of them in any order.
/// </summary>
internal sealed class SimulatedDisk(int seed)
{
    private readonly Dictionary<string, Image> _images = [];
    private readonly Random _chance = new(seed);
    private readonly Lock _gate = new();
    private int _operations;

    /// <summary>The number of the operation in which the power goes. No later operation works.</summary>
    public int CutAt { get; set; } = int.MaxValue;

    /// <summary>Whether syncs fail from now on, as they do on a dying disk.</summary>
    public bool FailsToSync { get; set; }

    public IDurableFolder Open() => new Folder(this);

    public byte[] Read(string name) => [.. _images[name].Current];

    public void Overwrite(string name, byte[] bytes) =>
        _images[name] = new Image { Current = [.. bytes], Synced = [.. bytes] };

    /// <summary>Cuts the power and gives it back.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var image in _images.Values)
            {
                image.Cut(_chance);
            }

            _operations = 0;
            CutAt = int.MaxValue;
        }
    }

    private void Operate(Action operation)
    {
        lock (_gate)
        {
            if (++_operations > CutAt)
            {
                throw new IOException("The power is gone.");
            }

            operation();
        }
    }

    private sealed class Folder(SimulatedDisk disk) : IDurableFolder
    {
        public long? FreeBytes => null;

        public bool Has(string name) => disk._images.ContainsKey(name);

        public IDurableFile Open(string name)
        {
            if (!disk._images.TryGetValue(name, out var image))
            {
                disk._images[name] = image = new Image();
            }

            return new OpenFile(disk, image);
        }

        public void Dispose() { }
    }

    private sealed class OpenFile(SimulatedDisk disk, Image image) : IDurableFile
    {
        public long Length => image.Current.Count;

        public int Read(long position, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(image.Current.Count - position, 0, buffer.Length);
            System
                .Runtime.InteropServices.CollectionsMarshal.AsSpan(image.Current)
                .Slice((int)Math.Min(position, image.Current.Count), count)
                .CopyTo(buffer);
            return count;
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            disk.Operate(() => image.Do(new Operation(position, copy)));
        }

        public void SetLength(long length) => disk.Operate(() => image.Do(new Operation(length, null)));

        public void Sync() =>
            disk.Operate(() =>
            {
                if (disk.FailsToSync)
                {
                    throw new IOException("Could not flush to disk: Input/output error (errno 5).");
                }

                image.Synced = [.. image.Current];
                image.Unsynced.Clear();
            });

        public void Dispose() { }
    }

    // Bytes are null for an operation that sets the length.
    private sealed record Operation(long Position, byte[]? Bytes)
    {
        public void ApplyTo(List<byte> file)
        {
            if (Bytes is null)
            {
                System.Runtime.InteropServices.CollectionsMarshal.SetCount(file, (int)Position);
                return;
            }

            var old = file.Count;
            var end = (int)Position + Bytes.Length;
            if (end > old)
            {
                System.Runtime.InteropServices.CollectionsMarshal.SetCount(file, end);
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(file)[old..].Clear();
            }

            Bytes.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(file)[(int)Position..]);
        }
    }

    private sealed class Image
    {
        public List<byte> Current { get; set; } = [];

        public List<byte> Synced { get; set; } = [];

        public List<Operation> Unsynced { get; } = [];

        public void Do(Operation operation)
        {
            operation.ApplyTo(Current);
            Unsynced.Add(operation);
        }

        public void Cut(Random chance)
        {
            Current = [.. Synced];
            foreach (var operation in Kept(chance))
            {
                operation.ApplyTo(Current);
            }

            Synced = [.. Current];
            Unsynced.Clear();
        }

        private IEnumerable<Operation> Kept(Random chance)
        {
            var all = Unsynced.ToArray();
            switch (chance.Next(3))
            {
                case 0:
                    return [];
                case 1:
                    all = all[..chance.Next(all.Length + 1)];
                    if (all.Length > 0 && all[^1].Bytes is { Length: > 1 } last)
                    {
                        all[^1] = all[^1] with { Bytes = last[..chance.Next(1, last.Length)] };
                    }

                    return all;
                default:
                    // A disk writes sectors, any of them, in any order.
                    var sectors = all.SelectMany(Sectors).Where(_ => chance.Next(2) == 0).ToArray();
                    chance.Shuffle(sectors);
                    return sectors;
            }
        }

        private static IEnumerable<Operation> Sectors(Operation operation) =>
            operation.Bytes is null
                ? [operation]
                : operation
                    .Bytes.Chunk(4096)
                    .Select((bytes, i) => new Operation(operation.Position + (i * 4096L), bytes));
    }
}
