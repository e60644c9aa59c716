using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>Collects the rows that changes write. The newest state of a row counts.</summary>
internal interface IRowWriter
{
    /// <summary>An empty writer for the bytes of a row. The content of the writer is good until the next use.</summary>
    RecordWriter Scratch { get; }

    /// <summary>Inserts the row, or puts it in the place of the one with its id.</summary>
    /// <param name="row">The row, with its id in <c>_id</c>.</param>
    void Put(string collection, BsonDocument row);

    /// <summary>Deletes the row, if there is one.</summary>
    void Delete(string collection, BsonValue id);
}
