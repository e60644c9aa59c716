using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// What the journal alone knows of one job: its newest state whole, or what has changed about the row on disk.
/// </summary>
internal sealed class JobEntry(JobId id, JournalPart pin, Job? job)
{
    private Change.JobAssigned? _assigned;
    private List<Change.AttemptSuperseded>? _superseded;

    public JobId Id { get; } = id;

    /// <summary>The oldest part of the journal that is still needed for this job.</summary>
    public JournalPart Pin { get; set; } = pin;

    /// <summary>Not set when only the row on disk has the rest; see <see cref="Over"/>.</summary>
    public Job? Job { get; private set; } = job;

    /// <summary>Set with the job's addition; otherwise the params are on disk.</summary>
    public RawJson? Params { get; init; }

    public RawJson Result { get; private set; }

    /// <summary>False when there can be no row of it on disk.</summary>
    public bool MayBeStored { get; init; }

    /// <summary>
    /// Where the overlay's list of unfinished jobs holds the entry; null when it is not there. The overlay alone sets
    /// it.
    /// </summary>
    public LinkedListNode<JobEntry>? Place { get; set; }

    public bool IsFinished { get; private set; }

    /// <summary>The job is gone without an end: what is stored of it is to be deleted.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>It was never given to a handler, as far as is known here: nobody has logged anything for it.</summary>
    public bool HasNeverRun { get; private set; }

    /// <summary>Whether an attempt of a job whose row is on disk has got another outcome since.</summary>
    public bool HasSupersededRow => Job is null && _superseded is not null;

    public long Bytes => 512 + (Params?.Utf8.Length ?? 0) + Result.Utf8.Length;

    public void Change(Job job) => Job = job;

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
            Job = Assigned(Job, change);
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
            Job = Superseded(Job, change);
        }
    }

    /// <summary>The job as it is now, over what its row on disk says.</summary>
    public Job Over(Job row)
    {
        if (Job is not null)
        {
            return Job;
        }

        var job = _assigned is null || row.IsFinished ? row : Assigned(row, _assigned);
        return _superseded is null ? job : _superseded.Aggregate(job, Superseded);
    }

    public static Job Assigned(Job job, Change.JobAssigned change) =>
        job with
        {
            State = JobState.Running,
            Current = change.Attempt,
            Token = change.Attempt.Token,
            AttemptsUsed = change.AttemptsUsed,
        };

    public static Job Superseded(Job job, Change.AttemptSuperseded change) =>
        job with
        {
            Ended = job
                .Ended?.Select(attempt =>
                    attempt.Token != change.Token
                        ? attempt
                        : attempt with
                        {
                            Outcome = AttemptOutcome.Superseded,
                            FinishedAt = change.At,
                            Error = change.Error,
                        }
                )
                .ToList(),
        };
}

/// <summary>One commit in the journal: its documents, and how many jobs and rows still need it.</summary>
internal sealed class JournalPart(long firstId, int count, long bytes)
{
    public long FirstId { get; } = firstId;

    public int Count { get; } = count;

    public long Bytes { get; } = bytes;

    public int Needed { get; set; }
}

/// <summary>
/// A row of one of the small collections that is to be written, or taken away when <see cref="Row"/> is not set.
/// </summary>
internal sealed class RowEntry(string collection, LiteDB.BsonValue id, JournalPart pin)
{
    public string Collection { get; } = collection;

    public LiteDB.BsonValue Id { get; } = id;

    public JournalPart Pin { get; } = pin;

    public LiteDB.BsonDocument? Row { get; set; }
}
