using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts.Audit;

/// <summary>
/// The rules that chain the lines of the audit log: a line is a JSON object that ends with its hash,
/// <c>SHA-256(hash of the line before ‖ the line without its hash)</c>; before the first line stand 32 zero bytes.
/// </summary>
public static class AuditChain
{
    public const int HashBytes = 32;

    /// <summary>The action of an event that signs the chain up to an event before it.</summary>
    public const string CheckpointAction = "audit:checkpoint";

    /// <summary>The action of an event that says which events were forgotten because of their age.</summary>
    public const string PruneAction = "audit:prune";

    /// <summary>
    /// How many events may lie between a checkpoint's own event and the newest event that the checkpoint vouches for.
    /// </summary>
    public const int CheckpointReachMax = 32_768;

    private const int HexLength = 2 * HashBytes;
    private static readonly int TailLength = Opening.Length + HexLength + Ending.Length;

    private static ReadOnlySpan<byte> Opening => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> Ending => "\"}"u8;

    /// <summary>
    /// Parts a line, given without its line break, from its hash. Returns false for a line that does not end with a
    /// hash.
    /// </summary>
    /// <param name="head">The line up to its hash, without <c>,"hash":</c>.</param>
    public static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> head, Span<byte> hash)
    {
        head = default;
        if (line.Length <= TailLength || !line.EndsWith(Ending) || !line[^TailLength..].StartsWith(Opening))
        {
            return false;
        }

        var hex = line.Slice(line.Length - Ending.Length - HexLength, HexLength);
        head = line[..^TailLength];
        // Lower case only: one hash, one text.
        return !hex.ContainsAnyInRange((byte)'A', (byte)'F')
            && Convert.FromHexString(hex, hash, out _, out _) == OperationStatus.Done;
    }

    /// <summary>Ends a line with its hash.</summary>
    /// <param name="head">The line's JSON object without its last brace.</param>
    public static void Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> hash, IBufferWriter<byte> to)
    {
        to.Write(head);
        to.Write(Opening);
        Convert.TryToHexStringLower(hash, to.GetSpan(HexLength), out var written);
        to.Advance(written);
        to.Write(Ending);
    }

    /// <summary>Computes the hash of a line.</summary>
    /// <param name="previous">The hash of the line before.</param>
    /// <param name="head">The line without its hash, as <see cref="TrySplit"/> gives it.</param>
    /// <param name="hash">Receives the 32 bytes of the hash; may be <paramref name="previous"/> itself.</param>
    public static void Hash(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> head, Span<byte> hash)
    {
        var length = HashBytes + head.Length + 1;
        var hashed = ArrayPool<byte>.Shared.Rent(length);
        previous.CopyTo(hashed);
        head.CopyTo(hashed.AsSpan(HashBytes));
        hashed[length - 1] = (byte)'}';
        SHA256.HashData(hashed.AsSpan(0, length), hash);
        ArrayPool<byte>.Shared.Return(hashed);
    }

    /// <summary>
    /// The bytes that a checkpoint signs. The bytes begin with their purpose, so that the signature is good for nothing
    /// else.
    /// </summary>
    public static byte[] SignedText(AuditPoint through) =>
        Encoding.UTF8.GetBytes($"schedulezero audit checkpoint v1\n{through.Sequence}\n{through.Hash}");
}
