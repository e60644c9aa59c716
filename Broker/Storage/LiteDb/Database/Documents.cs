using LiteDB;
using LiteDB.Engine;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Storage.LiteDb.Files;

namespace ScheduleZero.Broker.Storage.LiteDb.Database;

/// <summary>
/// LiteDB over streams of this store. Everything here belongs to the storage thread: LiteDB's transactions are bound to
/// a thread and its readers race with its writer. Documents are only ever built by hand; LiteDB's mapper is not used.
/// </summary>
internal sealed class Documents : IDisposable
{
    public const string DataFileName = "broker.db";
    private const string LogName = "broker.log";

    private readonly PageDataStream _data;
    private readonly PageLogStream _log;
    private readonly LiteEngine _engine;
    private bool _wrote;

    private Documents(PageDataStream data, PageLogStream log)
    {
        _data = data;
        _log = log;
        _engine = new LiteEngine(
            new EngineSettings
            {
                DataStream = data,
                LogStream = log,
                Collation = Collation.Binary,
            }
        );
    }

    /// <summary>Opens the files of a store, or makes them.</summary>
    /// <exception cref="StoreFailedException">The files are not of the same moment, or one of them is
    /// missing.</exception>
    public static Documents Open(IDurableFolder folder, ILogger logger)
    {
        var hadLog = folder.Has(LogName);
        var dataFile = folder.Open(DataFileName);
        if (!hadLog && dataFile.Length > PageLogStream.PageBytes)
        {
            dataFile.Dispose();
            throw StoreMessages.NotWhole($"there is a {DataFileName} and no {LogName}");
        }

        var log = new PageLogStream(folder.Open(LogName));
        if (log.WasTorn)
        {
            logger.LogCut(log.Pages);
        }

        if (log is { Pages: 0, TakenBefore: 0 } && dataFile.Length <= PageLogStream.PageBytes)
        {
            // The very first opening did not get to its end, and nothing was ever acknowledged.
            dataFile.SetLength(0);
        }

        var data = new PageDataStream(dataFile, () => log.Salt);
        log.TakenByData = () => data.Taken ?? 0;
        // After a cut in the middle of a checkpoint the data file may have taken over the log's own generation already.
        if (log.TakenBefore != 0 && data.Taken is { } taken && taken != log.TakenBefore && taken != log.Salt)
        {
            data.Dispose();
            log.Dispose();
            throw StoreMessages.NotWhole($"{DataFileName} and {LogName} are not of the same moment");
        }

        var documents = new Documents(data, log);
        documents.EndOpening();
        return documents;
    }

    public bool Has(string collection) => _engine.GetCollectionNames().Contains(collection, StringComparer.Ordinal);

    public void EnsureIndex(string collection, string field) =>
        Transact(() =>
            _wrote |= _engine.EnsureIndex(collection, field, BsonExpression.Create("$." + field), unique: false)
        );

    /// <summary>
    /// Runs the writes in one transaction. The transaction is not on disk before the next <see cref="Sync"/>.
    /// </summary>
    public void Transact(Action writes)
    {
        var before = _log.Confirmed;
        _engine.BeginTrans();
        _wrote = false;
        writes();
        if (!_engine.Commit())
        {
            throw new InvalidOperationException("LiteDB has lost the transaction.");
        }

        // The thread waits for the pages, since LiteDB returns before its background writer has handed them over. A
        // transaction that wrote nothing sends none.
        if (_wrote)
        {
            _log.WaitForConfirmed(before + 1);
        }
    }

    /// <summary>Puts every transaction so far on disk; they are there when this returns.</summary>
    public void Sync() => _log.Sync();

    /// <summary>Inserts documents.</summary>
    /// <param name="documents">The documents, at least one.</param>
    public void Insert(string collection, IReadOnlyCollection<BsonDocument> documents)
    {
        ArgumentOutOfRangeException.ThrowIfZero(documents.Count);
        _engine.Insert(collection, documents, BsonAutoId.Int64);
        _wrote = true;
    }

    public void Upsert(string collection, BsonDocument document)
    {
        _engine.Upsert(collection, [document], BsonAutoId.Int64);
        _wrote = true;
    }

    public void Delete(string collection, IEnumerable<BsonValue> ids) => _wrote |= _engine.Delete(collection, ids) > 0;

    public BsonDocument? Find(string collection, BsonValue id)
    {
        var query = new Query { Limit = 1 };
        query.Where.Add(BsonExpression.Create("$._id = @0", id));
        return Run(collection, query).FirstOrDefault();
    }

    /// <summary>
    /// Reads the rows with an indexed field between two bounds, both included. The rows are read whole: an open reader
    /// would delay checkpoints.
    /// </summary>
    public List<BsonDocument> Scan(
        string collection,
        string field,
        BsonValue low,
        BsonValue high,
        bool descending,
        int limit
    )
    {
        var query = new Query
        {
            OrderBy = BsonExpression.Create("$." + field),
            Order = descending ? Query.Descending : Query.Ascending,
            Limit = limit,
        };
        query.Where.Add(BsonExpression.Create($"$.{field} BETWEEN @0 AND @1", low, high));
        return Run(collection, query);
    }

    /// <summary>Moves the log into the data file once it is long; never in the middle of a transaction.</summary>
    public void CheckpointIfLong(int pagesMax)
    {
        if (_log.Pages >= pagesMax)
        {
            Checkpoint();
        }
    }

    public void Checkpoint()
    {
        // The pages must be safe in the log before the data file is written: a half-written data file is mended from
        // there.
        Sync();
        _engine.Checkpoint();
    }

    public void Dispose()
    {
        _engine.Dispose();
        _log.Dispose();
        _data.Dispose();
    }

    // Ends the opening with an empty log, and with LiteDB's own checkpoints turned off for good.
    private void EndOpening()
    {
        const string OwnCheckpoints = "CHECKPOINT";
        if (_engine.Pragma(OwnCheckpoints).AsInt32 != 0)
        {
            var before = _log.Confirmed;
            _engine.Pragma(OwnCheckpoints, 0);
            _log.WaitForConfirmed(before + 1);
        }

        Checkpoint();
    }

    private List<BsonDocument> Run(string collection, Query query)
    {
        var rows = new List<BsonDocument>();
        using var reader = _engine.Query(collection, query);
        while (reader.Read())
        {
            rows.Add(reader.Current.AsDocument);
        }

        return rows;
    }
}
