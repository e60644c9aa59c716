using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// One search for jobs. The search runs in steps, so that commits pass in between: first through the unfinished jobs in
/// memory, then through those that have finished and are not in the history yet, then through the indexes. In that
/// order a job that finishes meanwhile is met once or twice, and never missed; a job that is met twice has the same
/// entry, and is counted once.
/// </summary>
internal sealed class JobSearching(
    Documents documents,
    JobRows rows,
    HistoryIndex index,
    Overlay overlay,
    Func<OpenJobs> open,
    SearchPlan plan,
    int rowsMax
)
{
    private const int OpenPerStep = 5_000; // One step takes about 1 ms.
    private const int RowsPerStep = 128; // One step takes about 5 ms.
    private const int BlocksPerStep = 128;

    // The number of reads that a step may make for each of its lists: each step opens its lists anew, and must get
    // farther than the opening.
    private const int BlocksPerList = 8;
    private const int StepsPerPageMax = 1_000;
    private const int RowBytesOfMemory = 512;
    private const int ParamsBytesPerStep = 1 << 20; // One step takes a few milliseconds.

    /// <summary>The jobs of the page.</summary>
    private readonly List<StoredJob> _items = [];

    /// <summary>
    /// The jobs that were found in memory, each with its entry; for one that has finished, also its pending job.
    /// </summary>
    private readonly List<(Entry Entry, Job Job, PendingJob? Waiting)> _inMemory = [];

    /// <summary>
    /// The entry from which the unfinished jobs are still to be read; null when they are read to their end.
    /// </summary>
    private Entry? _openFrom = plan.HasOpen ? plan.High : null;

    /// <summary>The number of unfinished jobs that were found.</summary>
    private int _openFound;

    /// <summary>Whether the finished jobs that are not in the history yet were read.</summary>
    private bool _hasWaiting;

    /// <summary>The index of the next job that was found in memory.</summary>
    private int _nextInMemory;

    /// <summary>The entry of the job that was met last; null before the first one.</summary>
    private Entry? _last;

    /// <summary>The number of rows of the history that were read.</summary>
    private int _rowsRead;

    /// <summary>The number of bytes of params that were read to be compared.</summary>
    private long _paramsBytes;

    /// <summary>The number of steps through the indexes.</summary>
    private int _steps;

    /// <summary>The number of bytes of the page so far.</summary>
    private long _bytes;

    public Page<StoredJob>? Result { get; private set; }

    /// <summary>Runs the next step. True when the search is over and <see cref="Result"/> holds its page.</summary>
    public bool Step()
    {
        if (_openFrom is { } from)
        {
            StepThroughOpen(from);
            if (_openFrom is not null)
            {
                return false;
            }
        }

        if (!_hasWaiting)
        {
            FindWaiting();
        }

        _steps++;
        return StepThroughIndexes(
            plan.Beyond(_last),
            new SearchBudget(BlocksPerStep + (BlocksPerList * plan.ListCount))
        );
    }

    private void StepThroughOpen(Entry from)
    {
        _openFrom = null;
        if (open().Shortest(plan.Namespace, plan.Terms, plan.RunsAfter) is not { } list)
        {
            return;
        }

        // Where params decide, nobody knows yet which of the jobs belong to the page. Reading so many ends the page.
        var foundMax = plan.MatchesParams is null ? plan.Limit : rowsMax;
        var count = 0;
        foreach (var id in list.Descending(IdEntry.JobIdOf(from)))
        {
            var entry = IdEntry.Of(id, 0);
            if (entry with { Low = ulong.MaxValue } < plan.Low)
            {
                return;
            }

            if (
                open().Find(id) is { } job
                && plan.Matches(job)
                && IdEntry.Of(job) is var place
                && place >= plan.Low
                && place <= plan.High
            )
            {
                _inMemory.Add((place, job, null));
                if (++_openFound > foundMax)
                {
                    return;
                }
            }

            if (++count == OpenPerStep)
            {
                _openFrom = entry.Before;
                return;
            }
        }
    }

    private void FindWaiting()
    {
        _hasWaiting = true;
        foreach (var waiting in plan.States.Count == 0 ? [] : overlay.Finished)
        {
            if (
                plan.EntryOf(waiting.Job!) is { } entry
                && entry >= plan.Low
                && entry <= plan.High
                && plan.Matches(waiting.Job!)
            )
            {
                _inMemory.Add((entry, waiting.Job!, waiting));
            }
        }

        _inMemory.Sort((x, y) => plan.Descending ? y.Entry.CompareTo(x.Entry) : x.Entry.CompareTo(y.Entry));
    }

    private bool StepThroughIndexes(SearchPlan rest, SearchBudget budget)
    {
        var indexed = plan.States.Count == 0 ? new ListedEntries([], plan.Descending) : OpenIndexes(rest, budget);
        var paramsBytesMax = _paramsBytes + ParamsBytesPerStep;
        for (var count = 0; count < RowsPerStep; count++)
        {
            if (Next(indexed) is not { } entry)
            {
                return End(cursor: null);
            }

            if (
                _items.Count >= plan.Limit
                || _bytes >= Limits.PageBytesMax
                || _rowsRead >= rowsMax
                || _paramsBytes >= JobSearch.ParamsBytesPerPage
                || _steps > StepsPerPageMax
            )
            {
                return End(_last);
            }

            AddIfMatching(entry, indexed);
            _last = entry;
            if (budget.IsSpent || _paramsBytes >= paramsBytesMax)
            {
                return false;
            }
        }

        return false;
    }

    private EntryStream OpenIndexes(SearchPlan rest, SearchBudget budget)
    {
        var indexed = rest.Open(documents, index, budget);
        return index.Unindexed is { } bound
            ? new AnyOf([indexed, new UnindexedRows(documents, index, rest, bound, budget)], plan.Descending)
            : indexed;
    }

    private bool End(Entry? cursor)
    {
        var place = cursor?.ToArray();
        Result = new Page<StoredJob>(
            _items,
            place is null ? null : Cursors.Write(plan.Order == TermOrder.ById ? place[..16] : place)
        );
        return true;
    }

    private Entry? Next(EntryStream indexed)
    {
        var waiting = _nextInMemory < _inMemory.Count ? _inMemory[_nextInMemory].Entry : (Entry?)null;
        return indexed.Current is not { } stored ? waiting
            : waiting is { } known && !plan.IsBefore(stored, known) ? known
            : stored;
    }

    private void AddIfMatching(Entry entry, EntryStream indexed)
    {
        if (indexed.Current == entry)
        {
            indexed.Next();
        }

        if (_nextInMemory < _inMemory.Count && _inMemory[_nextInMemory].Entry == entry)
        {
            AddFromMemory(entry);
            return;
        }

        _rowsRead++;
        if (rows.FindFinished(plan.JobIdOf(entry)) is not { } row)
        {
            return; // The job was pruned meanwhile.
        }

        if (JobRows.TryJobOf(row) is not { } found)
        {
            return; // The row cannot be read; the start has logged it.
        }

        if (overlay.Find(found.Id) is { } newer)
        {
            found = newer.Over(found);
        }

        // The entry is compared too: a row that is in no index yet is met by its own entry, and so is one that a replay
        // has moved.
        if (
            plan.EntryOf(found) == entry
            && plan.Matches(found)
            && (plan.MatchesParams is null || MatchesParams(rows.ParamsOf(row)))
        )
        {
            AddToPage(rows.StoredOf(row, found, plan.Bodies), row["h"].AsBinary.Length);
        }
    }

    private void AddFromMemory(Entry entry)
    {
        var (_, job, waiting) = _inMemory[_nextInMemory];
        for (; _nextInMemory < _inMemory.Count && _inMemory[_nextInMemory].Entry == entry; _nextInMemory++) { }

        if (plan.MatchesParams is not null)
        {
            _rowsRead++;
            if (!MatchesParams(ParamsOf(job, waiting)))
            {
                return;
            }
        }

        AddToPage(Stored(job, waiting), RowBytesOfMemory);
    }

    private bool MatchesParams(RawJson parameters)
    {
        _paramsBytes += parameters.Utf8.Length;
        return plan.MatchesParams!(parameters);
    }

    private void AddToPage(StoredJob stored, int bytes)
    {
        _items.Add(stored);
        _bytes += bytes + stored.Params.Utf8.Length + stored.Result.Utf8.Length;
    }

    private StoredJob Stored(Job job, PendingJob? waiting)
    {
        if (plan.Bodies == JobBodies.None)
        {
            return new StoredJob(job, default, default);
        }

        return new StoredJob(
            job,
            plan.Bodies.HasFlag(JobBodies.Params) ? ParamsOf(job, waiting) : default,
            waiting is not null && plan.Bodies.HasFlag(JobBodies.Result) ? waiting.Result : default
        );
    }

    private RawJson ParamsOf(Job job, PendingJob? waiting) =>
        (waiting ?? overlay.Find(job.Id))?.Params ?? (rows.Find(job.Id) is { } row ? rows.ParamsOf(row) : default);
}
