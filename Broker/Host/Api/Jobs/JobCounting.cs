using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Counts jobs by state. The jobs of a whole namespace are counted as they come and go, so that the answer costs next
/// to nothing; jobs that match a filter are searched, up to a bound for each state.
/// </summary>
internal sealed class JobCounting(IBrokerInputs inputs, IHistoryReader store)
{
    /// <summary>How many jobs of each state are counted at most when a filter limits them.</summary>
    public const int MatchesMax = Limits.PageSizeMax;

    /// <summary>How many running jobs one read of the loop tests at most.</summary>
    private const int RunningTestedMax = 5_000;

    private static readonly JobState[] _states = Enum.GetValues<JobState>();

    /// <summary>
    /// Counts the jobs that a search asks for, whatever their state. A job that goes on meanwhile may count in two
    /// states, and never in none.
    /// </summary>
    /// <param name="search">The search without state and cursor, with a limit of <see cref="MatchesMax"/>.</param>
    public async Task<JobCounts> CountAsync(JobSearch search, CancellationToken cancellationToken)
    {
        var all = new JobSearch
        {
            Namespace = search.Namespace,
            Limit = search.Limit,
            Now = search.Now,
        };
        return search == all
            ? await CountAllAsync(search.Namespace, cancellationToken)
            : await CountMatchesAsync(search, cancellationToken);
    }

    private async Task<JobCounts> CountAllAsync(string ns, CancellationToken cancellationToken)
    {
        var (scheduled, ready, running) = await inputs.ReadAsync(state => state.CountJobs(ns), cancellationToken);
        var finished = await store.CountFinishedAsync(ns, cancellationToken);
        var counts = new Dictionary<JobState, long>(finished.ByState)
        {
            [JobState.Scheduled] = scheduled,
            [JobState.Ready] = ready,
            [JobState.Running] = running,
        };
        return View(counts, finished.IsWhole ? [] : [.. _states.Where(finished.ByState.ContainsKey)]);
    }

    private async Task<JobCounts> CountMatchesAsync(JobSearch search, CancellationToken cancellationToken)
    {
        var (counts, atLeast) = (new Dictionary<JobState, long>(), new List<JobState>());
        foreach (var state in _states)
        {
            var asked = search with { State = state };
            var (count, isWhole) =
                state == JobState.Running
                    ? await inputs.ReadAsync(now => CountRunning(now, asked), cancellationToken)
                    : await CountStoredAsync(asked, cancellationToken);
            counts[state] = count;
            if (!isWhole)
            {
                atLeast.Add(state);
            }
        }

        return View(counts, atLeast);
    }

    private async Task<(int Count, bool IsWhole)> CountStoredAsync(
        JobSearch search,
        CancellationToken cancellationToken
    )
    {
        var page = await store.SearchJobsAsync(search, cancellationToken);
        return (page.Items.Count, page.NextCursor is null);
    }

    private static (int Count, bool IsWhole) CountRunning(BrokerState now, JobSearch search)
    {
        var ids = now.RunningJobs(search.Namespace);
        var count = ids.Take(RunningTestedMax)
            .Count(id => now.FindJob(search.Namespace, id) is { Job: var job } && search.Fits(job));
        return (count, ids.Count <= RunningTestedMax);
    }

    private static JobCounts View(Dictionary<JobState, long> counts, List<JobState> atLeast) =>
        new()
        {
            Scheduled = counts[JobState.Scheduled],
            Ready = counts[JobState.Ready],
            Running = counts[JobState.Running],
            Succeeded = counts[JobState.Succeeded],
            Failed = counts[JobState.Failed],
            Cancelled = counts[JobState.Cancelled],
            Expired = counts[JobState.Expired],
            AtLeast = atLeast.Count > 0 ? atLeast : null,
        };
}
