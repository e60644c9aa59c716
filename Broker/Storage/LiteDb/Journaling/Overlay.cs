using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>
/// The changes that are in the journal and not yet in the collections. Only the storage thread changes the overlay;
/// only <see cref="TryFindParams"/> may be called from other threads. The journal is cut at its old end only, so a job
/// or row needs the part in which it began until it is applied.
/// </summary>
internal sealed class Overlay
{
    /// <summary>
    /// The jobs with changes that are not in the collections yet. Written by the storage thread, read by others too.
    /// </summary>
    private readonly ConcurrentDictionary<JobId, PendingJob> _jobs = new();

    /// <summary>The jobs that have finished or were dropped, the one that has waited longest first.</summary>
    private readonly Queue<PendingJob> _finished = new();

    /// <summary>
    /// The unfinished jobs, the one that has needed the journal longest first. A job leaves the list as soon as it
    /// finishes or its state is in the collections: on a Broker whose journal stays short nothing else would ever
    /// remove it.
    /// </summary>
    private readonly LinkedList<PendingJob> _open = new();

    private readonly PendingRows _rows = new();

    /// <summary>The parts of the journal, oldest first.</summary>
    private readonly Queue<JournalPart> _journal = new();

    /// <summary>How many jobs that have finished or were dropped wait.</summary>
    public int FinishedCount => _finished.Count;

    /// <summary>How many rows wait beside those of jobs.</summary>
    public int RowCount => _rows.Count;

    /// <summary>How many jobs and rows wait.</summary>
    public int Count => _jobs.Count + _rows.Count;

    public bool IsEmpty => _jobs.IsEmpty && _rows.Count == 0 && _journal.Count == 0;

    /// <summary>About how many bytes the jobs take in memory.</summary>
    public long Bytes { get; private set; }

    public long JournalBytes { get; private set; }

    /// <summary>The finished jobs. The read passes no unfinished job, however many wait.</summary>
    public IEnumerable<PendingJob> Finished => _finished.Where(job => job is { IsFinished: true, IsDropped: false });

    public IEnumerable<PendingJob> Jobs => _jobs.Select(pair => pair.Value);

    public PendingJob? Find(JobId id) => _jobs.GetValueOrDefault(id);

    public bool TryFindParams(JobId id, out RawJson found)
    {
        found = default;
        if (_jobs.TryGetValue(id, out var job) && job.Params is { } value)
        {
            found = value;
            return true;
        }

        return false;
    }

    /// <summary>Adds the changes of a commit, which is in the journal already.</summary>
    /// <param name="isReplayed">Whether the changes may have been applied before a crash.</param>
    public void Add(IReadOnlyList<Change> changes, JournalPart part, bool isReplayed)
    {
        _journal.Enqueue(part);
        JournalBytes += part.Bytes;
        _rows.Part = part;
        foreach (var change in changes)
        {
            Add(change, part, isReplayed);
        }
    }

    /// <summary>
    /// Removes the finished job that has waited longest; null when none waits. The caller writes the job and calls
    /// <see cref="Remove"/>.
    /// </summary>
    public PendingJob? DequeueFinished() => _finished.TryDequeue(out var job) ? job : null;

    /// <summary>
    /// Removes the row that has waited longest; null when none waits. The caller writes the row, so the journal is not
    /// needed for it any more.
    /// </summary>
    public PendingRow? DequeueRow()
    {
        var row = _rows.Dequeue();
        if (row is not null)
        {
            row.Part.Needed--;
        }

        return row;
    }

    /// <summary>
    /// The unfinished job that has needed the journal longest; null when there is none. The caller writes the job and
    /// calls <see cref="Remove"/>.
    /// </summary>
    public PendingJob? FirstOpen() => _open.First?.Value;

    /// <summary>Removes a job whose state is in the collections, as part of the transaction under way.</summary>
    public void Remove(PendingJob job)
    {
        job.Part.Needed--;
        Bytes -= job.Bytes;
        RemoveFromOpen(job);
        _jobs.TryRemove(job.Id, out _);
    }

    /// <summary>
    /// Removes the parts at the journal's old end that nothing needs any more; returns the number of the first commit
    /// that is still needed, null when no part was removed.
    /// </summary>
    public long? CutJournal()
    {
        long? from = null;
        while (_journal.TryPeek(out var part) && part.Needed == 0)
        {
            _journal.Dequeue();
            JournalBytes -= part.Bytes;
            from = part.Number + 1;
        }

        return from;
    }

    private void Add(Change change, JournalPart part, bool isReplayed)
    {
        switch (change)
        {
            case Change.JobAdded c:
                AddNew(new PendingJob(c.Job.Id, part, c.Job) { Params = Owned(c.Params), MayBeStored = isReplayed });
                break;
            case Change.JobAssigned c:
                FindOrAdd(c.Id, part).Assign(c);
                break;
            case Change.JobChanged c:
                Change(FindOrAdd(c.Job.Id, part), c);
                break;
            case Change.JobFinished c:
                Finish(c, part);
                break;
            case Change.JobDropped c:
                Drop(FindOrAdd(c.Id, part));
                break;
            case Change.AttemptSuperseded c:
                FindOrAdd(c.Id, part).Supersede(c);
                break;
            default:
                StoredKinds.KindOf(change).WriteRows(change, _rows);
                break;
        }
    }

    private void Change(PendingJob job, Change.JobChanged change)
    {
        job.Change(change.Job);
        if (!change.Params.IsEmpty)
        {
            Bytes -= job.Bytes;
            job.ChangeParams(Owned(change.Params));
            Bytes += job.Bytes;
        }
    }

    private void Finish(Change.JobFinished change, JournalPart part)
    {
        var job = FindOrAdd(change.Job.Id, part);
        var wasFinished = job.IsFinished;
        Bytes -= job.Bytes;
        job.Finish(change.Job, Owned(change.Result));
        Bytes += job.Bytes;
        if (!wasFinished)
        {
            RemoveFromOpen(job);
            _finished.Enqueue(job);
        }
    }

    // A dropped job goes the way of the finished ones, so that the rows of a namespace that is deleted go by slices
    // too.
    private void Drop(PendingJob job)
    {
        job.Drop();
        RemoveFromOpen(job);
        _finished.Enqueue(job);
    }

    private void RemoveFromOpen(PendingJob job)
    {
        if (job.Place is { } place)
        {
            _open.Remove(place);
            job.Place = null;
        }
    }

    private PendingJob FindOrAdd(JobId id, JournalPart part) =>
        _jobs.TryGetValue(id, out var job) ? job : AddNew(new PendingJob(id, part, job: null) { MayBeStored = true });

    private PendingJob AddNew(PendingJob job)
    {
        if (_jobs.TryGetValue(job.Id, out var old))
        {
            throw new InvalidOperationException($"Job {old.Id} was added twice.");
        }

        job.Part.Needed++;
        Bytes += job.Bytes;
        _jobs[job.Id] = job;
        job.Place = _open.AddLast(job);
        return job;
    }

    // A slice of a request's buffer would keep the whole buffer alive.
    private static RawJson Owned(RawJson json) =>
        MemoryMarshal.TryGetArray(json.Utf8, out var segment) && segment.Array?.Length == segment.Count
            ? json
            : new RawJson(json.Utf8.ToArray());
}
