using System.Buffers.Binary;
using System.Security.Cryptography;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Files;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>
/// The changes of each commit, in two files beside LiteDB's. One file takes the commits. When the file is long and no
/// commit in the other file is needed any more, the files change places. A row of LiteDB says which commit is the first
/// that is needed; the row changes in the transaction that moves changes into the collections.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>The names of the two files. Permanent.</summary>
    public const string FileA = "broker.journal-a";
    public const string FileB = "broker.journal-b";

    // A record is small enough to stay out of the large object heap when it is read.
    private const int RecordBytes = 64 * 1024;

    private readonly Documents _documents;
    private readonly RecordWriter _writer = new();
    private readonly long _fileBytes;

    /// <summary>The file that takes the commits.</summary>
    private JournalFile _newer;

    /// <summary>The file that took the commits before.</summary>
    private JournalFile _older;

    /// <summary>The number of the first commit that is needed, as the newest transaction of LiteDB says.</summary>
    private long _from = 1;

    /// <summary>Opens the files, and finds the commits in them.</summary>
    /// <param name="bytesMax">How many bytes of commits the journal should need at most.</param>
    public Journal(IDurableFolder folder, Documents documents, long bytesMax)
    {
        (_documents, _fileBytes) = (documents, bytesMax / 2);
        (_newer, _older) = (new JournalFile(folder.Open(FileA)), new JournalFile(folder.Open(FileB)));
        _newer.Open();
        _older.Open();
        if (_older.Generation > _newer.Generation)
        {
            (_newer, _older) = (_older, _newer);
        }
    }

    /// <summary>
    /// Finds out whether the files and LiteDB's belong together, and begins the journal of a store that has none.
    /// </summary>
    /// <returns>The row of a journal that was begun, which is to be written; null when the row is there.</returns>
    /// <exception cref="StoreFailedException">The files are not of the same moment, or one of them is missing.
    /// </exception>
    /// <exception cref="InvalidDataException">The disk has changed a commit.</exception>
    public BsonDocument? Check()
    {
        if (_documents.Find(StoreMeta.Name, StoreMeta.JournalId) is not { } row)
        {
            if (_newer.Last >= _newer.First)
            {
                throw StoreMessages.NotWhole($"{Documents.DataFileName} does not know of the journal beside it");
            }

            // The first start may have ended between the file and the row.
            _newer.Begin(_newer.Id == 0 ? NewId() : _newer.Id, _newer.Generation + 1, first: 1);
            return RowOf(_from);
        }

        Check((ulong)row[StoreMeta.JournalName].AsInt64, row[StoreMeta.JournalThrough].AsInt64);
        _from = row[StoreMeta.JournalFrom].AsInt64;
        CheckFrom();
        return null;
    }

    /// <summary>Writes the changes, which are on disk when this returns.</summary>
    public JournalPart Append(IReadOnlyList<Change> changes)
    {
        if (_newer.Bytes >= _fileBytes && _older.Last < _from)
        {
            // The row that gives the older file free must outlive a power cut, as the file's commits would have.
            _documents.Sync();
            BeginGeneration();
        }

        var number = _newer.Last + 1;
        var (part, bytes) = (0, 0L);
        _writer.Clear();
        for (var i = 0; i < changes.Count; i++)
        {
            ChangeRecord.Write(_writer, changes[i]);
            var isLast = i == changes.Count - 1;
            if (isLast || _writer.Length >= RecordBytes)
            {
                _newer.Write(number, part++, isLast, _writer.Written);
                bytes += _writer.Length;
                _writer.Clear();
            }
        }

        _newer.Sync();
        return new JournalPart(number, bytes);
    }

    /// <summary>
    /// Gives the overlay, in their order, the changes that a stop has left unapplied. Returns how many there were.
    /// </summary>
    public long Replay(Overlay overlay) => Replay(_older, overlay) + Replay(_newer, overlay);

    /// <summary>
    /// Gives up the commits before one, as part of the transaction under way that has moved the last of their changes.
    /// </summary>
    public void Release(long from)
    {
        _from = from;
        _documents.Upsert(StoreMeta.Name, RowOf(from));
    }

    /// <summary>
    /// Begins a new generation in the older file, none of whose commits may be needed. At a start, nothing that an
    /// unfinished write has left behind the newest commit then stands in the way of the next ones.
    /// </summary>
    public void BeginGeneration()
    {
        _older.Begin(_newer.Id, _newer.Generation + 1, _newer.Last + 1);
        (_newer, _older) = (_older, _newer);
    }

    public void Dispose()
    {
        _newer.Dispose();
        _older.Dispose();
    }

    private static ulong NewId() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;

    private long Replay(JournalFile file, Overlay overlay)
    {
        var count = 0L;
        var (changes, bytes) = (new List<Change>(), 0L);
        foreach (var record in file.Read(_from))
        {
            changes.AddRange(ChangeRecord.ReadAll(record.Payload.Span));
            bytes += record.Payload.Length;
            if (record.IsLast)
            {
                overlay.Add(changes, new JournalPart(record.Number, bytes), isReplayed: true);
                count += changes.Count;
                (changes, bytes) = ([], 0);
            }
        }

        return count;
    }

    private void Check(ulong id, long through)
    {
        if (_newer.Id == 0)
        {
            throw StoreMessages.NotWhole($"there is a {Documents.DataFileName} and no journal beside it");
        }

        if (_newer.Id != id || (_older.Id != 0 && _older.Id != id))
        {
            throw StoreMessages.NotWhole($"{Documents.DataFileName} and the journal are of different stores");
        }

        if (_newer.HasCommitsBehindEnd())
        {
            throw new InvalidDataException(
                $"commit {_newer.Last + 1} of the journal does not read back as it was written"
            );
        }

        if (_newer.Last < through)
        {
            throw NotOfOneMoment();
        }
    }

    private void CheckFrom()
    {
        if (_from >= _newer.First)
        {
            return;
        }

        if (_older.Id == 0 || _from < _older.First)
        {
            throw NotOfOneMoment();
        }

        if (_older.Last != _newer.First - 1)
        {
            throw new InvalidDataException(
                $"commit {_older.Last + 1} of the journal does not read back as it was written"
            );
        }
    }

    private static StoreFailedException NotOfOneMoment() =>
        StoreMessages.NotWhole($"{Documents.DataFileName} and the journal are not of the same moment");

    private BsonDocument RowOf(long from) =>
        new()
        {
            ["_id"] = StoreMeta.JournalId,
            [StoreMeta.JournalName] = (long)_newer.Id,
            [StoreMeta.JournalFrom] = from,
            [StoreMeta.JournalThrough] = _newer.Last,
        };
}
