using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The store of the fake: the reads of jobs, of schedules' past and of the audit log.</summary>
internal sealed partial class FakeBroker : IHistoryReader, IAuditReader
{
    public List<(JobId Id, LogEntry Line)> Log { get; } = [];

    /// <summary>The jobs whose last lines were read.</summary>
    public List<JobId> LogReads { get; } = [];

    /// <summary>Blocks of the audit log, oldest first.</summary>
    public List<AuditBlock> Audit { get; } = [];

    public AuditSearch? LastAuditSearch { get; private set; }

    public List<MissedOccurrence> Missed { get; } = [];

    /// <summary>Versions of schedules, newest first.</summary>
    public List<Schedule> Versions { get; } = [];

    /// <summary>The number of finished jobs on a page of the execution log.</summary>
    public int FinishedPageMax { get; set; } = 500;

    public FinishedSearch? LastFinishedSearch { get; private set; }

    public (DateTimeOffset From, DateTimeOffset To) LastSummed { get; private set; }

    public JobSearch? LastJobSearch { get; private set; }

    /// <summary>Whether a count of finished jobs comes to its end.</summary>
    public bool CountsWhole { get; set; } = true;

    public ValueTask<RawJson[]> ReadParamsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
            ids.Select(id => _state.Stored.TryGetValue(id, out var stored) ? stored.Params : default).ToArray()
        );

    public ValueTask<StoredJob?> FindJobAsync(string ns, JobId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
            _state.Stored.TryGetValue(id, out var stored) && stored.Job.Namespace == ns ? stored : null
        );

    public ValueTask<Page<StoredJob>> SearchJobsAsync(JobSearch search, CancellationToken cancellationToken)
    {
        LastJobSearch = search;
        var skip = search.Cursor is null ? 0 : int.Parse(search.Cursor);
        var all = _state
            .Stored.Values.Where(stored => stored.Job.Namespace == search.Namespace)
            .Where(stored => search.Schedule is null || stored.Job.Occurrence?.Schedule == search.Schedule)
            .Where(stored => search.HasState(stored.Job.State) && search.HasMethod(stored.Job.Spec.Method))
            .Where(stored => search.HasParams(stored.Params))
            .Where(stored => search.RunsAfter is not { } awaited || stored.Job.Chain?.After.Contains(awaited) == true)
            .OrderByDescending(stored => stored.Job.Id)
            .Select(stored => new StoredJob(
                stored.Job,
                search.Bodies.HasFlag(JobBodies.Params) ? stored.Params : default,
                search.Bodies.HasFlag(JobBodies.Result) ? stored.Result : default
            ))
            .ToList();
        return ValueTask.FromResult(
            new Page<StoredJob>(
                [.. all.Skip(skip).Take(search.Limit)],
                skip + search.Limit < all.Count ? $"{skip + search.Limit}" : null
            )
        );
    }

    public ValueTask<Page<StoredJob>> SearchFinishedAsync(FinishedSearch search, CancellationToken cancellationToken)
    {
        LastFinishedSearch = search;
        var skip = search.Cursor is null ? 0 : int.Parse(search.Cursor);
        var limit = Math.Min(search.Limit, FinishedPageMax);
        var all = _state
            .Stored.Values.Where(stored =>
                stored.Job.IsFinished
                && stored.Job.Namespace == search.Namespace
                && (search.Method is null || stored.Job.Spec.Method == search.Method)
                && (search.Schedule is null || stored.Job.Occurrence?.Schedule == search.Schedule)
            )
            .OrderBy(stored => stored.Job.FinishedAt)
            .ThenBy(stored => stored.Job.Id)
            .Select(stored => search.Bodies.HasFlag(JobBodies.Result) ? stored : stored with { Result = default })
            .ToList();
        if (search.NewestFirst)
        {
            all.Reverse();
        }

        return ValueTask.FromResult(
            new Page<StoredJob>([.. all.Skip(skip).Take(limit)], skip + limit < all.Count ? $"{skip + limit}" : null)
        );
    }

    public ValueTask<FinishedCounts> CountFinishedAsync(string ns, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
            new FinishedCounts(
                Enum.GetValues<JobState>()
                    .Where(state => state >= JobState.Succeeded)
                    .ToDictionary(
                        state => state,
                        state =>
                            (long)
                                _state.Stored.Values.Count(stored =>
                                    stored.Job.Namespace == ns && stored.Job.State == state
                                )
                    ),
                CountsWhole
            )
        );

    public ValueTask<ExecutionSums> SumExecutionsAsync(
        string ns,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        LastSummed = (from, to);
        var sums = new ExecutionSums();
        foreach (
            var stored in _state.Stored.Values.Where(stored => stored.Job.IsFinished && stored.Job.Namespace == ns)
        )
        {
            sums.Add(stored.Job, 1);
        }

        return ValueTask.FromResult(sums);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadLogBeforeAsync(
        JobId id,
        long beforeSequence,
        int limit,
        CancellationToken cancellationToken
    )
    {
        lock (Log)
        {
            LogReads.Add(id);
            return ValueTask.FromResult<IReadOnlyList<LogEntry>>([
                .. Log.Where(row => row.Id == id && row.Line.Sequence < beforeSequence)
                    .TakeLast(limit)
                    .Select(row => row.Line),
            ]);
        }
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(
        JobId id,
        long afterSequence,
        int limit,
        CancellationToken cancellationToken
    )
    {
        lock (Log)
        {
            return ValueTask.FromResult<IReadOnlyList<LogEntry>>([
                .. Log.Where(row => row.Id == id && row.Line.Sequence > afterSequence)
                    .Take(limit)
                    .Select(row => row.Line),
            ]);
        }
    }

    public ValueTask<IReadOnlySet<JobId>> FindPresentAsync(
        IReadOnlyList<JobId> ids,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult<IReadOnlySet<JobId>>(ids.Where(_state.Stored.ContainsKey).ToHashSet());

    public ValueTask<Page<MissedOccurrence>> SearchMissedAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult(new Page<MissedOccurrence>(Missed));

    public ValueTask<Page<Schedule>> SearchVersionsAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var skip = cursor is null ? 0 : int.Parse(cursor);
        return ValueTask.FromResult(
            new Page<Schedule>(
                [.. Versions.Skip(skip).Take(limit)],
                skip + limit < Versions.Count ? $"{skip + limit}" : null
            )
        );
    }

    public ValueTask<Page<AuditEvent>> SearchAuditAsync(AuditSearch search, CancellationToken cancellationToken)
    {
        LastAuditSearch = search;
        return ValueTask.FromResult(new Page<AuditEvent>([]));
    }

    public ValueTask<IReadOnlyList<AuditBlock>> ReadAuditAsync(
        long fromSequence,
        int blocksMax,
        CancellationToken cancellationToken
    ) =>
        ValueTask.FromResult<IReadOnlyList<AuditBlock>>([
            .. Audit.Where(block => block.Last >= fromSequence).Take(blocksMax),
        ]);

    public ValueTask<AuditBlock?> FindAuditAsync(DateTimeOffset at, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Audit.Find(block => block.LastAt >= at));
}
