using System.Runtime.CompilerServices;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>
/// The state of one job that the journal alone has: the newest state whole, or what has changed about the row on disk.
/// </summary>
internal sealed class PendingJob(JobId id, JournalPart part, Job? job)
{
    /// <summary>The newest assignment, which the row on disk does not have; null without one.</summary>
    private Change.JobAssigned? _assigned;

    /// <summary>The late results that the row on disk does not have; null without any.</summary>
    private List<Change.AttemptSuperseded>? _superseded;

    /// <summary>
    /// The value of <see cref="Params"/>: one reference, since other threads read it while the storage thread changes
    /// it.
    /// </summary>
    private volatile StrongBox<RawJson>? _params;

    public JobId Id { get; } = id;

    /// <summary>The oldest part of the journal that is still needed for this job.</summary>
    public JournalPart Part { get; } = part;

    /// <summary>
    /// The newest state of the job; null when only the row on disk has the rest, see <see cref="Over"/>.
    /// </summary>
    public Job? Job { get; private set; } = job;

    /// <summary>
    /// The params, if the journal holds them: with the job's addition, or with a change of them; null when they are on
    /// disk.
    /// </summary>
    public RawJson? Params
    {
        get => _params?.Value;
        init => _params = value is { } given ? new StrongBox<RawJson>(given) : null;
    }

    /// <summary>Whether other params than these may be on disk.</summary>
    public bool HasOtherParams { get; private set; }

    public RawJson Result { get; private set; }

    /// <summary>Whether a row of the job may be on disk.</summary>
    public bool MayBeStored { get; init; }

    /// <summary>
    /// The node of this job in the overlay's list of unfinished jobs; null when it is not in the list. The overlay
    /// alone sets it.
    /// </summary>
    public LinkedListNode<PendingJob>? Place { get; set; }

    public bool IsFinished { get; private set; }

    /// <summary>Whether the job is gone without an end: what is stored of it is to be deleted.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>
    /// Whether the job is known never to have been given to a handler, so that nobody has logged anything for it.
    /// </summary>
    public bool HasNeverRun { get; private set; }

    /// <summary>Whether an attempt of a job whose row is on disk has got another outcome since.</summary>
    public bool HasSupersededRow => Job is null && _superseded is not null;

    /// <summary>About how many bytes the job takes in memory.</summary>
    public long Bytes => 512 + (Params?.Utf8.Length ?? 0) + Result.Utf8.Length;

    public void Change(Job job) => Job = job;

    public void ChangeParams(RawJson parameters)
    {
        _params = new StrongBox<RawJson>(parameters);
        HasOtherParams = MayBeStored;
    }

    public void Finish(Job job, RawJson result)
    {
        Job = job;
        Result = result;
        IsFinished = true;
    }

    public void Drop()
    {
        HasNeverRun = Job is { Token: 0, Current: null };
        Job = null;
        IsDropped = true;
    }

    public void Assign(Change.JobAssigned change)
    {
        if (Job is null)
        {
            _assigned = change;
        }
        else
        {
            Job = change.ApplyTo(Job);
        }
    }

    public void Supersede(Change.AttemptSuperseded change)
    {
        if (Job is null)
        {
            (_superseded ??= []).Add(change);
        }
        else
        {
            Job = change.ApplyTo(Job);
        }
    }

    /// <summary>The job as it is now: the journal's changes, on top of the row on disk.</summary>
    public Job Over(Job row)
    {
        if (Job is not null)
        {
            return Job;
        }

        var job = _assigned is null || row.IsFinished ? row : _assigned.ApplyTo(row);
        return _superseded is null ? job : _superseded.Aggregate(job, (before, change) => change.ApplyTo(before));
    }
}
