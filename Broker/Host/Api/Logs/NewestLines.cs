using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Logs;

/// <summary>
/// Finds the newest lines of all job logs of a namespace. There is no index of lines by time: the search reads the logs
/// of the jobs that may still write, and of those that ended last, until no older job can have a newer line, or until
/// it has read as much as one request may.
/// </summary>
internal sealed class NewestLines(
    EventStream events,
    IBrokerInputs inputs,
    IHistoryReader store,
    TimeProvider time,
    BrokerApiOptions options
)
{
    /// <summary>How many unfinished jobs one search reads at most.</summary>
    public const int OpenJobsMax = 200;

    /// <summary>How many jobs that have ended one search reads at most.</summary>
    public const int EndedJobsMax = Limits.PageSizeMax;

    /// <summary>How many lines of one job are read at most.</summary>
    public const int RowsOfJobMax = Limits.PageSizeMax;

    /// <summary>How many lines one search reads at most, but for those of its last job.</summary>
    public const int RowsMax = 20_000;

    /// <summary>How many running jobs one read of the loop tests at most.</summary>
    private const int RunningTestedMax = 5_000;

    /// <summary>How many characters one search reads at most, but for those of its last job.</summary>
    private const long CharactersMax = 8 * 1024 * 1024;

    // The end of a job is stored a little less exactly than the places of its lines.
    private const long EndSlack = 1_000_000;

    /// <summary>Finds the newest lines of a choice.</summary>
    /// <param name="after">The place after which lines are wanted, in Core's count; 0 for all.</param>
    /// <param name="limit">How many lines are found at most.</param>
    public async Task<FoundLines> FindAsync(
        LogChoice choice,
        long after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var open = events.LogsOf(choice.Namespace).Where(choice.Passes).ToList();
        var search = new Search(
            store,
            choice,
            new FoundLines(limit, after),
            choice.IsOfWholeJobs ? limit : RowsOfJobMax,
            cancellationToken
        );
        // A job that ends meanwhile is in the first or in the second.
        await ReadOpenAsync(search, open);
        await ReadEndedAsync(search);
        return search.Lines;
    }

    private async Task ReadOpenAsync(Search search, List<OpenLog> logs)
    {
        var ns = search.Choice.Namespace;
        var asked = logs.Take(OpenJobsMax).ToList();
        var (open, silent) = await inputs.ReadAsync(
            state =>
                (asked.ConvertAll(log => state.FindJob(ns, log.Job)?.Job), RunningBefore(state, ns, options.StartedAt)),
            search.CancellationToken
        );
        // Jobs that have run since before the start of the Broker may have logged then, and not since.
        foreach (var job in silent.Where(job => !asked.Exists(log => log.Job == job.Id)))
        {
            await search.ReadAsync(job);
        }

        for (var at = 0; at < asked.Count && asked[at].Newest > search.Lines.Floor; at++)
        {
            if (search.IsSpent)
            {
                search.Lines.NoteUnread(asked[at].Newest);
                return;
            }

            if (open[at] is { } job)
            {
                await search.ReadAsync(job);
            }
        }

        if (logs.Count > OpenJobsMax && logs[OpenJobsMax].Newest > search.Lines.Floor)
        {
            search.Lines.NoteUnread(logs[OpenJobsMax].Newest);
        }
    }

    private async Task ReadEndedAsync(Search search)
    {
        var page = await store.SearchFinishedAsync(
            new FinishedSearch
            {
                Namespace = search.Choice.Namespace,
                Limit = EndedJobsMax,
                NewestFirst = true,
                From = Validation.EarliestInstant,
                To = time.GetUtcNow().AddDays(1),
                Method = search.Choice.Method,
                Schedule = search.Choice.Schedule,
                Handler = search.Choice.Handler,
            },
            search.CancellationToken
        );
        foreach (var job in page.Items.Select(stored => stored.Job))
        {
            // No line of a job comes after its end, and those that follow ended before.
            var end = LogPlace.At(job.FinishedAt!.Value) + EndSlack;
            if (end <= search.Lines.Floor)
            {
                return;
            }

            if (search.IsSpent)
            {
                search.Lines.NoteUnread(end);
                return;
            }

            await search.ReadAsync(job);
        }

        if (page.NextCursor is not null)
        {
            var last = page.Items.Count > 0 ? page.Items[^1].Job.FinishedAt!.Value : time.GetUtcNow();
            search.Lines.NoteUnread(LogPlace.At(last));
        }
    }

    private static List<Job> RunningBefore(BrokerState state, string ns, DateTimeOffset start)
    {
        var found = new List<Job>();
        var running = state.RunningJobs(ns);
        // The oldest jobs stand last.
        var end = Math.Max(0, running.Count - RunningTestedMax);
        for (var at = running.Count - 1; at >= end && found.Count < OpenJobsMax; at--)
        {
            if (state.FindJob(ns, running[at]) is var (job, _, _) && job.Current?.AssignedAt < start)
            {
                found.Add(job);
            }
        }

        return found;
    }

    /// <summary>One search, with what it has read.</summary>
    /// <param name="rowsOfJob">How many lines of one job are read.</param>
    private sealed class Search(
        IHistoryReader store,
        LogChoice choice,
        FoundLines found,
        int rowsOfJob,
        CancellationToken cancellationToken
    )
    {
        private int _rows;
        private long _characters;

        public LogChoice Choice { get; } = choice;

        public FoundLines Lines { get; } = found;

        public CancellationToken CancellationToken { get; } = cancellationToken;

        /// <summary>Whether the search has read as much as one request may.</summary>
        public bool IsSpent => _rows >= RowsMax || _characters >= CharactersMax;

        public async Task ReadAsync(Job job)
        {
            if (!Choice.Passes(job))
            {
                return;
            }

            var rows = await store.ReadLogBeforeAsync(job.Id, long.MaxValue, rowsOfJob, CancellationToken);
            foreach (var row in rows)
            {
                _rows++;
                _characters += row.Message.Length;
                if (LogViews.OfJob(job, row) is var line && Choice.Passes(line))
                {
                    Lines.Add(row, line);
                }
            }

            if (rows.Count == rowsOfJob)
            {
                Lines.NoteUnread(rows[0].Sequence - 1);
            }
        }
    }
}
