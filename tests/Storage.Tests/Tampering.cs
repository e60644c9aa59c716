using System.Buffers;
using System.Text;
using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Storage.Tests;

/// <summary>Changes that somebody without the signing key may make to an audit log.</summary>
internal static class Tampering
{
    public static byte[] Bytes(IEnumerable<string> lines) =>
        Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    /// <summary>Makes one random change of an export. The result always differs from the original.</summary>
    public static (string Kind, byte[] Export) OfExport(List<string> lines, Random chance)
    {
        var whole = Bytes(lines);
        var (at, other) = (chance.Next(lines.Count), chance.Next(lines.Count - 1));
        other = other >= at ? other + 1 : other;
        switch (chance.Next(10))
        {
            case 0:
                whole[chance.Next(whole.Length)] ^= (byte)(1 << chance.Next(8));
                return ("flip a bit", whole);
            case 1:
                lines.RemoveAt(at);
                return ("delete a line", Bytes(lines));
            case 2:
                (lines[at], lines[other]) = (lines[other], lines[at]);
                return ("swap two lines", Bytes(lines));
            case 3:
                return ("cut the tail", whole[..chance.Next(whole.Length)]);
            case 4:
                return ("cut whole lines off the tail", Bytes(lines[..^chance.Next(1, lines.Count)]));
            case 5:
                return ("cut the head", Bytes(lines[chance.Next(1, lines.Count)..]));
            case 6:
                lines[at] = Rehashed(Changed(lines[at]), at == 0 ? null : lines[at - 1]);
                return ("change a field and its hash", Bytes(lines));
            case 7:
                return ("change a field and all hashes behind", Bytes(Rewritten(lines, at, Changed)));
            case 8:
                lines.Insert(at, Rehashed(Changed(lines[at]), at == 0 ? null : lines[at - 1]));
                return ("insert a line", Bytes(lines));
            default:
                lines.Insert(other, lines[at]);
                return ("repeat a line", Bytes(lines));
        }
    }

    /// <summary>Makes one random change of the stored blocks, and returns its name.</summary>
    public static string OfRows(Documents documents, List<BsonDocument> rows, Random chance)
    {
        const string Field = "b";
        var (at, other) = (chance.Next(rows.Count), chance.Next(rows.Count - 1));
        other = other >= at ? other + 1 : other;
        var (row, lines) = (rows[at], Encoding.UTF8.GetString(rows[at][Field].AsBinary).Split('\n').ToList());
        var line = chance.Next(lines.Count);
        string kind;
        switch (chance.Next(7))
        {
            case 0:
                var bytes = row[Field].AsBinary;
                bytes[chance.Next(bytes.Length)] ^= (byte)(1 << chance.Next(8));
                documents.Upsert(AuditRows.Name, new BsonDocument(row) { [Field] = bytes });
                return "flip a bit";
            case 1:
                documents.Delete(AuditRows.Name, [row["_id"]]);
                return "delete a block";
            case 2:
                documents.Delete(AuditRows.Name, rows[chance.Next(1, rows.Count)..].Select(gone => gone["_id"]));
                return "cut the tail";
            case 3:
                documents.Upsert(AuditRows.Name, new BsonDocument(row) { [Field] = rows[other][Field] });
                documents.Upsert(AuditRows.Name, new BsonDocument(rows[other]) { [Field] = row[Field] });
                return "swap two blocks";
            case 4:
                lines[line] = Changed(lines[line]);
                kind = "change a field";
                break;
            case 5:
                lines[line] = Rehashed(Changed(lines[line]), line == 0 ? null : lines[line - 1]);
                kind = "change a field and its hash";
                break;
            default:
                lines.Insert(line, lines[line]);
                kind = "repeat a line";
                break;
        }

        documents.Upsert(
            AuditRows.Name,
            new BsonDocument(row) { [Field] = Encoding.UTF8.GetBytes(string.Join('\n', lines)) }
        );
        return kind;
    }

    /// <summary>The lines with one of them changed, and every hash from that line on computed again.</summary>
    public static List<string> Rewritten(List<string> lines, int from, Func<string, string> change)
    {
        var forged = lines[..from];
        for (var i = from; i < lines.Count; i++)
        {
            forged.Add(Rehashed(i == from ? change(lines[i]) : lines[i], i == 0 ? null : forged[i - 1]));
        }

        return forged;
    }

    private static string Changed(string line) =>
        line.Replace("\"outcome\":\"allowed\"", "\"outcome\":\"denied\"", StringComparison.Ordinal);

    private static string Rehashed(string line, string? before)
    {
        Span<byte> hash = stackalloc byte[AuditChain.HashBytes];
        if (before is not null)
        {
            AuditChain.TrySplit(Encoding.UTF8.GetBytes(before), out _, hash);
        }

        Span<byte> old = stackalloc byte[AuditChain.HashBytes];
        AuditChain.TrySplit(Encoding.UTF8.GetBytes(line), out var head, old);
        AuditChain.Hash(hash, head, hash);
        var written = new ArrayBufferWriter<byte>();
        AuditChain.Write(head, hash, written);
        return Encoding.UTF8.GetString(written.WrittenSpan);
    }
}
