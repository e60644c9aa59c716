using System.Buffers.Binary;
using System.Numerics;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// A set of grams: of each three characters that follow one another in a text. The set knows a gram by a hash, so it
/// may say that it has a gram which it has not, and never the reverse. Case does not count.
/// </summary>
internal sealed class TextFilter
{
    /// <summary>How many characters a gram has. A shorter text has none.</summary>
    public const int GramLength = 3;

    // The hash stands on disk, so these numbers are permanent. The set is 4 KiB when it is full.
    private const int Positions = 1 << 15;
    private const uint HashStart = 2_166_136_261;
    private const uint HashFactor = 16_777_619;
    private const int BytesOfBits = Positions / 8;

    private readonly ulong[] _bits = new ulong[Positions / 64];

    /// <summary>Reads what <see cref="ToArray"/> has written.</summary>
    public static TextFilter Read(ReadOnlySpan<byte> bytes)
    {
        var filter = new TextFilter();
        if (bytes.Length == BytesOfBits)
        {
            for (var i = 0; i < filter._bits.Length; i++)
            {
                filter._bits[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes[(i * sizeof(ulong))..]);
            }
        }
        else
        {
            for (; bytes.Length >= sizeof(ushort); bytes = bytes[sizeof(ushort)..])
            {
                filter.Add(BinaryPrimitives.ReadUInt16BigEndian(bytes));
            }
        }

        return filter;
    }

    /// <summary>The hashes of a text's grams. Those of two namespaces differ.</summary>
    public static ushort[] GramsOf(string ns, string text)
    {
        // Searches compare as if every character were the upper case one.
        var upper = text.ToUpperInvariant();
        var start = Hash(HashStart, ns);
        var grams = new ushort[Math.Max(0, upper.Length - GramLength + 1)];
        for (var i = 0; i < grams.Length; i++)
        {
            var hash = Hash(start, upper.AsSpan(i, GramLength));
            grams[i] = (ushort)((hash ^ (hash >> 15)) % Positions);
        }

        return grams;
    }

    public void Add(ushort gram) => _bits[gram >> 6] |= 1UL << (gram & 63);

    /// <summary>Adds every gram of the other. False when this had them all.</summary>
    public bool Add(TextFilter other)
    {
        var changed = false;
        for (var i = 0; i < _bits.Length; i++)
        {
            var with = _bits[i] | other._bits[i];
            changed |= with != _bits[i];
            _bits[i] = with;
        }

        return changed;
    }

    public bool HasAll(ReadOnlySpan<ushort> grams)
    {
        foreach (var gram in grams)
        {
            if ((_bits[gram >> 6] & (1UL << (gram & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The grams as a list of numbers, or as bits where those are fewer bytes.</summary>
    public byte[] ToArray()
    {
        var count = _bits.Sum(BitOperations.PopCount);
        var bytes = new byte[Math.Min(count * sizeof(ushort), BytesOfBits)];
        var to = bytes.AsSpan();
        for (var i = 0; i < _bits.Length; i++)
        {
            if (bytes.Length == BytesOfBits)
            {
                BinaryPrimitives.WriteUInt64BigEndian(to[(i * sizeof(ulong))..], _bits[i]);
                continue;
            }

            for (var bits = _bits[i]; bits != 0; bits &= bits - 1)
            {
                BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)((i * 64) + BitOperations.TrailingZeroCount(bits)));
                to = to[sizeof(ushort)..];
            }
        }

        return bytes;
    }

    private static uint Hash(uint start, ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            start = (start ^ character) * HashFactor;
        }

        return start;
    }
}
