using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>The journal of stores before format 4: a collection of LiteDB with a document for each commit.</summary>
internal static class OldJournal
{
    /// <summary>The name of the collection on disk. Permanent.</summary>
    public const string Name = "journal";

    private const int PageRows = 64;

    /// <summary>Gives the overlay, in their order, the changes that an older version has left unapplied. Returns how
    /// many there were.</summary>
    public static long Replay(Documents documents, Overlay overlay)
    {
        var count = 0L;
        for (List<BsonDocument>? page = null; page is not { Count: < PageRows }; )
        {
            page = Read(documents, after: page?[^1]["_id"].AsInt64 ?? 0);
            foreach (var document in page)
            {
                var bytes = document["d"].AsBinary;
                var changes = ChangeRecord.ReadAll(bytes);
                overlay.Add(changes, new JournalPart(0, bytes.Length), isReplayed: true);
                count += changes.Count;
            }
        }

        return count;
    }

    /// <summary>Deletes the documents, whose changes are in the collections now.</summary>
    public static void Delete(Documents documents)
    {
        while (Read(documents, after: 0) is { Count: > 0 } page)
        {
            documents.Transact(() => documents.Delete(Name, page.Select(document => document["_id"])));
        }
    }

    private static List<BsonDocument> Read(Documents documents, long after) =>
        documents.Scan(Name, "_id", after + 1, long.MaxValue, descending: false, PageRows);
}
