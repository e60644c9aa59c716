using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;
using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Lets the million jobs of a load share equal strings and specs. An interner with too many of them drops all: then
/// they were not so equal.
/// </summary>
internal sealed class Interner
{
    private const int EntriesMax = 100_000;
    private readonly Dictionary<byte[], string> _strings = new(Comparer.Instance);
    private readonly Dictionary<byte[], JobSpec> _specs = new(Comparer.Instance);

    public string Share(ReadOnlySpan<byte> utf8)
    {
        if (!_strings.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(utf8, out var text))
        {
            text = Encoding.UTF8.GetString(utf8);
            Add(_strings, utf8, text);
        }

        return text;
    }

    public bool TryFind(ReadOnlySpan<byte> record, [NotNullWhen(true)] out JobSpec? spec) =>
        _specs.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(record, out spec);

    public void Add(ReadOnlySpan<byte> record, JobSpec spec) => Add(_specs, record, spec);

    private static void Add<T>(Dictionary<byte[], T> shared, ReadOnlySpan<byte> bytes, T value)
    {
        if (shared.Count >= EntriesMax)
        {
            shared.Clear();
        }

        shared.Add(bytes.ToArray(), value);
    }

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static Comparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate);
    }
}
