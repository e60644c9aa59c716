using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>Searches rows that belong to a schedule and have a number there.</summary>
internal static class NumberedRows
{
    private const int NumberBytes = 8;

    /// <summary>
    /// Searches the rows of a schedule, the highest number first. The cursor is the number of the last row.
    /// </summary>
    /// <param name="read">Reads a row; null for a row that is to be left out.</param>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public static Page<T> Search<T>(
        Documents documents,
        string collection,
        ScheduleId id,
        int limit,
        string? cursor,
        Func<BsonDocument, T?> read
    )
        where T : class
    {
        var high = RowKeys.Of(id.Value, long.MaxValue);
        if (cursor is not null)
        {
            high = RowKeys.Before([.. RowKeys.Of(id.Value), .. Cursors.Read(cursor, NumberBytes)])!;
        }

        var rows = documents.Scan(collection, "_id", RowKeys.Of(id.Value, 0), high, descending: true, limit + 1);
        var items = rows.Take(limit).Select(read).OfType<T>().ToList();
        return new Page<T>(
            items,
            rows.Count > limit ? Cursors.Write(rows[limit - 1]["_id"].AsBinary[^NumberBytes..]) : null
        );
    }
}
