using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// What is in the journal and not yet in the collections. Changed by the storage thread alone; only
/// <see cref="TryFindParams"/> may be called from others. The journal is cut at its old end only, so an entry keeps the
/// part it began in until it is applied.
/// </summary>
internal sealed class Overlay
{
    private readonly ConcurrentDictionary<JobId, JobEntry> _jobs = new();
    private readonly Queue<JobEntry> _finished = new();

    /// <summary>
    /// Entries of unfinished jobs, the one that has needed the journal longest first. An entry leaves as soon as its
    /// job finishes or its state is in the collections: on a Broker whose journal stays short nothing else would ever
    /// take it out.
    /// </summary>
    private readonly LinkedList<JobEntry> _open = new();

    private readonly Dictionary<string, RowEntry> _rowsByKey = new(StringComparer.Ordinal);
    private readonly Queue<RowEntry> _rows = new();
    private readonly Queue<JournalPart> _journal = new();
    private readonly RecordWriter _writer = new();

    public int FinishedCount => _finished.Count;

    public int RowCount => _rows.Count;

    /// <summary>Everything that waits.</summary>
    public int Count => _jobs.Count + _rows.Count;

    public bool IsEmpty => _jobs.IsEmpty && _rows.Count == 0 && _journal.Count == 0;

    /// <summary>About what the entries take in memory.</summary>
    public long Bytes { get; private set; }

    public long JournalBytes { get; private set; }

    /// <summary>Entries of finished jobs; among these are none of unfinished jobs, however many wait.</summary>
    public IEnumerable<JobEntry> Finished => _finished.Where(entry => entry is { IsFinished: true, IsDropped: false });

    public IEnumerable<JobEntry> Jobs => _jobs.Select(pair => pair.Value);

    public JobEntry? Find(JobId id) => _jobs.GetValueOrDefault(id);

    public bool TryFindParams(JobId id, out RawJson found)
    {
        found = default;
        if (_jobs.TryGetValue(id, out var entry) && entry.Params is { } value)
        {
            found = value;
            return true;
        }

        return false;
    }

    /// <param name="replayed">The changes may have been applied before a crash.</param>
    public void Take(IReadOnlyList<Change> changes, JournalPart part, bool replayed)
    {
        _journal.Enqueue(part);
        JournalBytes += part.Bytes;
        foreach (var change in changes)
        {
            Take(change, part, replayed);
        }
    }

    public JobEntry? NextFinished() => _finished.TryDequeue(out var entry) ? entry : null;

    public RowEntry? NextRow()
    {
        if (!_rows.TryDequeue(out var row))
        {
            return null;
        }

        _rowsByKey.Remove(KeyOf(row.Collection, row.Id));
        return row;
    }

    /// <summary>
    /// The unfinished job that has needed the journal longest; null when there is none. The caller writes it down and
    /// calls <see cref="Applied"/>.
    /// </summary>
    public JobEntry? FirstOpen() => _open.First?.Value;

    /// <summary>The entry's state is in the collections, as part of the transaction under way.</summary>
    public void Applied(JobEntry entry)
    {
        entry.Pin.Needed--;
        Bytes -= entry.Bytes;
        Close(entry);
        _jobs.TryRemove(entry.Id, out _);
    }

    /// <summary>
    /// Takes the parts off the journal's old end that nothing needs any more; returns their documents' ids.
    /// </summary>
    public List<BsonValue> CutJournal()
    {
        var ids = new List<BsonValue>();
        while (_journal.TryPeek(out var part) && part.Needed == 0)
        {
            _journal.Dequeue();
            JournalBytes -= part.Bytes;
            for (var i = 0; i < part.Count; i++)
            {
                ids.Add(part.FirstId + i);
            }
        }

        return ids;
    }

    private void Take(Change change, JournalPart part, bool replayed)
    {
        switch (change)
        {
            case Change.JobAdded c:
                Add(new JobEntry(c.Job.Id, part, c.Job) { Params = Owned(c.Params), MayBeStored = replayed });
                break;
            case Change.JobAssigned c:
                Entry(c.Id, part).Assign(c);
                break;
            case Change.JobChanged c:
                Entry(c.Job.Id, part).Change(c.Job);
                break;
            case Change.JobFinished c:
                Finish(c, part);
                break;
            case Change.JobDropped c:
                Drop(Entry(c.Id, part));
                break;
            case Change.AttemptSuperseded c:
                Entry(c.Id, part).Supersede(c);
                break;
            default:
                TakeRow(change, part);
                break;
        }
    }

    private void Finish(Change.JobFinished change, JournalPart part)
    {
        var entry = Entry(change.Job.Id, part);
        var wasFinished = entry.IsFinished;
        Bytes -= entry.Bytes;
        entry.Finish(change.Job, Owned(change.Result));
        Bytes += entry.Bytes;
        if (!wasFinished)
        {
            Close(entry);
            _finished.Enqueue(entry);
        }
    }

    // It goes the way of the finished ones, so that the rows of a namespace that is deleted go by slices too.
    private void Drop(JobEntry entry)
    {
        entry.Drop();
        Close(entry);
        _finished.Enqueue(entry);
    }

    private void Close(JobEntry entry)
    {
        if (entry.Place is { } place)
        {
            _open.Remove(place);
            entry.Place = null;
        }
    }

    private JobEntry Entry(JobId id, JournalPart part)
    {
        if (_jobs.TryGetValue(id, out var entry))
        {
            return entry;
        }

        return Add(new JobEntry(id, part, job: null) { MayBeStored = true });
    }

    private JobEntry Add(JobEntry entry)
    {
        if (_jobs.TryGetValue(entry.Id, out var old))
        {
            throw new InvalidOperationException($"Job {old.Id} was added twice.");
        }

        entry.Pin.Needed++;
        Bytes += entry.Bytes;
        _jobs[entry.Id] = entry;
        entry.Place = _open.AddLast(entry);
        return entry;
    }

    private void TakeRow(Change change, JournalPart part)
    {
        switch (change)
        {
            case Change.LogAppended { Lines.Count: > 0 } c:
                _writer.Clear();
                ChangeRecord.WriteLines(_writer, c.Lines);
                Put(
                    Collections.Logs,
                    Collections.Key(c.Id.Value, c.Lines[0].Sequence),
                    "d",
                    _writer.Written.ToArray(),
                    part
                );
                break;
            case Change.LogAppended:
                break;
            case Change.DeduplicationKept c:
                Put(Collections.Deduplications, Collections.Key(c.Namespace, c.Key), "d", ChangeRecord.ToJson(c), part);
                break;
            case Change.DeduplicationReleased c:
                Put(Collections.Deduplications, Collections.Key(c.Namespace, c.Key), null, null, part);
                break;
            case Change.ScheduleSaved c:
                Put(
                    Collections.Schedules,
                    Collections.Key(c.Schedule.Id.Value),
                    "d",
                    ChangeRecord.ToJson(c.Schedule),
                    part
                );
                break;
            case Change.ScheduleVersioned { Schedule: var version }:
                Put(
                    Collections.Versions,
                    Collections.Key(version.Id.Value, version.Version),
                    "d",
                    ChangeRecord.ToJson(version),
                    part
                );
                if (version.Version > Limits.ScheduleVersionsMax)
                {
                    Put(
                        Collections.Versions,
                        Collections.Key(version.Id.Value, version.Version - Limits.ScheduleVersionsMax),
                        null,
                        null,
                        part
                    );
                }

                break;
            case Change.ScheduleDeleted c:
                Put(Collections.Schedules, Collections.Key(c.Id.Value), null, null, part);
                break;
            case Change.OccurrenceMissed c:
                Put(Collections.Missed, Collections.Key(c.Id.Value, c.Nominal.UtcTicks), MissedRows.Make(c), part);
                break;
            case Change.OccurrenceMade c:
                Put(Collections.Missed, Collections.Key(c.Id.Value, c.Nominal.UtcTicks), null, null, part);
                break;
            case Change.CalendarSaved c:
                Put(
                    Collections.Calendars,
                    Collections.Key(c.Calendar.Namespace, c.Calendar.Name),
                    "d",
                    ChangeRecord.ToJson(c.Calendar),
                    part
                );
                break;
            case Change.CalendarDeleted c:
                Put(Collections.Calendars, Collections.Key(c.Namespace, c.Name), null, null, part);
                break;
            case Change.HandlerSaved c:
                Put(
                    Collections.Handlers,
                    Collections.Key(c.Handler.Namespace, c.Handler.Name),
                    "d",
                    ChangeRecord.ToJson(c.Handler),
                    part
                );
                break;
            case Change.HandlerDeleted c:
                Put(Collections.Handlers, Collections.Key(c.Namespace, c.Name), null, null, part);
                break;
            case Change.KeySaved c:
                Put(Collections.Keys, c.Key.Id, "d", ChangeRecord.ToJson(c.Key), part);
                break;
            case Change.AccessSaved c:
                Put(
                    Collections.Access,
                    Collections.Key(c.Record.Kind, c.Record.Key),
                    "d",
                    AccessRows.Write(c.Record),
                    part
                );
                break;
            case Change.AccessDeleted c:
                Put(Collections.Access, Collections.Key(c.Kind, c.Key), null, null, part);
                break;
            case Change.RateKept c:
                Put(Collections.Rates, Collections.Key(c.Rate.Of), "d", ChangeRecord.ToJson(c.Rate), part);
                break;
            case Change.RateForgotten c:
                Put(Collections.Rates, Collections.Key(c.Of), null, null, part);
                break;
            case Change.BatchSaved { Batch: var batch }:
                BatchRows.Put(batch, (collection, id, row) => Put(collection, id, row, part));
                break;
            case Change.AuditAppended c:
                Put(Collections.Audit, c.Block.First, AuditRows.Make(c.Block), part);
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(change),
                    change.GetType().Name,
                    "A kind of change that the store does not know."
                );
        }
    }

    private void Put(string collection, BsonValue id, string? field, BsonValue? value, JournalPart part) =>
        Put(collection, id, field is null ? null : new BsonDocument { ["_id"] = id, [field] = value }, part);

    // The newest word on a row wins; it keeps its place, and so the part of the journal that it began in.
    private void Put(string collection, BsonValue id, BsonDocument? value, JournalPart part)
    {
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rowsByKey, KeyOf(collection, id), out var exists);
        if (!exists)
        {
            row = new RowEntry(collection, id, part);
            _rows.Enqueue(row);
            part.Needed++;
        }

        row!.Row = value;
    }

    private static string KeyOf(string collection, BsonValue id) =>
        collection
        + "/"
        + (
            id.IsBinary ? Convert.ToHexString(id.AsBinary)
            : id.IsInt64 ? id.AsInt64.ToString(CultureInfo.InvariantCulture)
            : id.AsString
        );

    // A slice of a request's buffer would keep the whole buffer alive.
    private static RawJson Owned(RawJson json) =>
        MemoryMarshal.TryGetArray(json.Utf8, out var segment) && segment.Array?.Length == segment.Count
            ? json
            : new RawJson(json.Utf8.ToArray());
}
