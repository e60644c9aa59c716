using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>Rows whose whole content is one record as JSON, in the field <c>d</c>.</summary>
internal static class JsonRows
{
    private const string Json = "d";

    public static BsonDocument Make<T>(BsonValue id, T record) =>
        new() { ["_id"] = id, [Json] = StoredJson.Write(record) };

    /// <summary>Reads the record of a row.</summary>
    /// <exception cref="Exception">The row holds no such record. The type of the exception depends on what is
    /// wrong.</exception>
    public static T Read<T>(BsonDocument row) => StoredJson.Read<T>(row[Json].AsBinary);

    /// <summary>
    /// Reads the record of a row as <see cref="Read"/> does; null for a row that cannot be read, which lists and
    /// searches leave out.
    /// </summary>
    public static T? TryRead<T>(BsonDocument row)
        where T : class => StoredJson.TryRead<T>(row[Json].AsBinary);
}
