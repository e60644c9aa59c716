using System.Diagnostics.CodeAnalysis;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// Reads the rows that a start of the Broker begins with. A row that cannot be read is logged and left out.
/// </summary>
/// <param name="now">The instant of the start.</param>
internal sealed class RowLoader(Documents documents, DateTimeOffset now)
{
    // Rows are read in pages: one reader over a million rows would hold all their pages in memory, and LiteDB never
    // gives its cache back.
    private const int RowsPerPage = 1_000;

    private readonly List<UnreadableRow> _unreadable = [];

    public Documents Documents => documents;

    public DateTimeOffset Now => now;

    public IReadOnlyList<UnreadableRow> Unreadable => _unreadable;

    /// <summary>Reads the rows of a collection that holds JSON.</summary>
    public List<T> LoadJson<T>(StoredRowKind kind, string collection) =>
        Load(kind, collection, row => JsonRows.Read<T>(row));

    /// <summary>Reads the rows of a collection, in the order of their ids.</summary>
    public List<T> Load<T>(StoredRowKind kind, string collection, Func<BsonDocument, T> read) =>
        [.. Read(kind, InPages(collection), read).Select(row => row.Record)];

    /// <summary>Reads rows one after the other, each with its id.</summary>
    public IEnumerable<(BsonValue Id, T Record)> Read<T>(
        StoredRowKind kind,
        IEnumerable<BsonDocument> rows,
        Func<BsonDocument, T> read
    )
    {
        foreach (var row in rows)
        {
            if (TryRead(kind, row, read, out var record))
            {
                yield return (row["_id"], record);
            }
        }
    }

    /// <summary>Gives the rows of a collection, in the order of their ids.</summary>
    public IEnumerable<BsonDocument> InPages(string collection)
    {
        var last = BsonValue.MinValue;
        List<BsonDocument> page;
        do
        {
            // The next page begins with the row that the page before ended with.
            page = documents.Scan(collection, "_id", last, BsonValue.MaxValue, descending: false, RowsPerPage);
            foreach (var row in page.Where(row => row["_id"] != last))
            {
                yield return row;
            }

            last = page.Count > 0 ? page[^1]["_id"] : last;
        } while (page.Count == RowsPerPage);
    }

    private bool TryRead<T>(
        StoredRowKind kind,
        BsonDocument row,
        Func<BsonDocument, T> read,
        [MaybeNullWhen(false)] out T record
    )
    {
        try
        {
            record = read(row);
            return true;
        }
        // A row of another version may be wrong in any way; one row must not keep all the others from being served.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            _unreadable.Add(new UnreadableRow(kind, TextOf(row["_id"]), e.Message));
            record = default;
            return false;
        }
    }

    private static string TextOf(BsonValue id) =>
        id switch
        {
            { IsBinary: true, AsBinary: { Length: 16 } bytes } => new Guid(bytes, bigEndian: true).ToString(),
            { IsString: true } => id.AsString,
            _ => id.ToString(),
        };
}
