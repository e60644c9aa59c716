using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Reads the neighbours of a job in its chain: jobs that it runs after, and jobs that run after it, a few steps far and
/// a few jobs wide. Jobs whose method is not open to the caller are not shown.
/// </summary>
internal sealed class JobChains(JobReader reader, IHistoryReader store, TimeProvider time)
{
    /// <summary>How many steps are taken before the job, and behind it.</summary>
    public const int DepthMax = 2;

    /// <summary>How many neighbours of one job are shown at most, before it and behind it.</summary>
    public const int FanMax = 6;

    /// <summary>How many jobs are shown at most before the job, and behind it.</summary>
    public const int SideMax = 12;

    /// <summary>How many jobs that run after one job are counted at most.</summary>
    public const int CountedMax = 100;

    /// <summary>The job with its neighbours, from those that come first; null when there is no such job.</summary>
    public async Task<IReadOnlyList<ChainedJob>?> FindAsync(
        string ns,
        JobId id,
        NameScope? methods,
        CancellationToken cancellationToken
    )
    {
        if (await reader.FindStoredAsync(ns, id, methods, cancellationToken) is not { Job: var asked })
        {
            return null;
        }

        var found = new Dictionary<JobId, Found> { [id] = new Found(asked, 0) };
        await AddAwaitedAsync(ns, methods, found, cancellationToken);
        await AddDependentsAsync(ns, methods, found, cancellationToken);
        return [.. found.Values.OrderBy(one => one.Depth).ThenBy(one => one.Job.Id).Select(one => View(one, found))];
    }

    private async Task AddAwaitedAsync(
        string ns,
        NameScope? methods,
        Dictionary<JobId, Found> found,
        CancellationToken cancellationToken
    )
    {
        var room = SideMax;
        for (var depth = 0; depth > -DepthMax; depth--)
        {
            foreach (var from in found.Values.Where(one => one.Depth == depth).ToList())
            {
                // A chain never shows more than a few neighbours, so no more than these are read.
                var awaited = (from.Job.Chain?.After ?? []).Where(id => !found.ContainsKey(id));
                foreach (var id in awaited.Take(Math.Min(FanMax, room)).ToList())
                {
                    if (await reader.FindStoredAsync(ns, id, methods, cancellationToken) is { Job: var job })
                    {
                        found.Add(id, new Found(job, depth - 1));
                        room--;
                    }
                }
            }
        }
    }

    private async Task AddDependentsAsync(
        string ns,
        NameScope? methods,
        Dictionary<JobId, Found> found,
        CancellationToken cancellationToken
    )
    {
        var room = SideMax;
        for (var depth = 0; depth <= DepthMax; depth++)
        {
            foreach (var from in found.Values.Where(one => one.Depth == depth).ToList())
            {
                var page = await store.SearchJobsAsync(
                    new JobSearch
                    {
                        Namespace = ns,
                        Limit = CountedMax,
                        Now = time.GetUtcNow(),
                        RunsAfter = from.Job.Id,
                        Methods = methods?.Patterns,
                    },
                    cancellationToken
                );
                var dependents = page.Items.Select(stored => stored.Job).Reverse().ToList();
                var shown = depth == DepthMax ? 0 : Math.Min(FanMax, room);
                foreach (var job in dependents.Where(job => !found.ContainsKey(job.Id)).Take(shown).ToList())
                {
                    found.Add(job.Id, new Found(job, depth + 1));
                    room--;
                }

                from.MoreDependents = page.NextCursor is null
                    ? dependents.Count(job => !found.ContainsKey(job.Id))
                    : CountedMax;
            }
        }
    }

    private ChainedJob View(Found one, Dictionary<JobId, Found> found)
    {
        var all = one.Job.Chain?.After ?? [];
        JobId[] shown = [.. all.Where(found.ContainsKey)];
        return new ChainedJob
        {
            Id = one.Job.Id,
            State = one.Job.StateAt(time.GetUtcNow()),
            Method = one.Job.Spec.Method,
            Depth = one.Depth,
            After = shown,
            MoreAfter = all.Count > shown.Length ? all.Count - shown.Length : null,
            MoreDependents = one.MoreDependents > 0 ? one.MoreDependents : null,
        };
    }

    /// <summary>A job that is shown.</summary>
    private sealed class Found(Job job, int depth)
    {
        public Job Job { get; } = job;

        public int Depth { get; } = depth;

        public int MoreDependents { get; set; }
    }
}
