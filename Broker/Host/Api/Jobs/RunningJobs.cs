using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Lists what runs: the loop knows it at once, where the store would have to look through everything.</summary>
internal sealed class RunningJobs(IBrokerInputs inputs, IBrokerStore store, JobReader reader)
{
    // A filter may pass over many jobs; a request looks at no more than this.
    private const int LooksMax = 1000;

    /// <exception cref="FormatException">The cursor is not a job's id.</exception>
    public async Task<Page<JobView>> SearchAsync(JobSearch search, CancellationToken cancellationToken)
    {
        JobId? after = search.Cursor is null ? null : JobId.TryParse(search.Cursor, out var last) ? last : throw new FormatException("Not a job id.");
        var live = await inputs.ReadAsync(state => Look(state, search.Namespace, after), cancellationToken);
        var items = new List<JobView>();
        foreach (var (job, percent, message) in live)
        {
            if (JobMatch.Fits(job, search) && await store.FindJobAsync(job.Namespace, job.Id, cancellationToken) is { } stored)
            {
                items.Add(reader.View(job, stored.Params) with { ProgressPercent = percent, ProgressMessage = message });
                if (items.Count == search.Limit)
                {
                    return new Page<JobView>(items, job.Id == live[^1].Job.Id && live.Count < LooksMax ? null : job.Id.ToString());
                }
            }
        }

        return new Page<JobView>(items, live.Count == LooksMax ? live[^1].Job.Id.ToString() : null);
    }

    private static List<(Job Job, double? Percent, string? Message)> Look(Core.BrokerState state, string ns, JobId? after)
    {
        var found = new List<(Job, double?, string?)>();
        foreach (var id in state.RunningJobs(ns))
        {
            // Ids sort by age, and the list is newest first: the place holds though the job at it has ended.
            if ((after is null || id < after) && state.FindJob(ns, id) is { } live)
            {
                found.Add(live);
                if (found.Count == LooksMax)
                {
                    break;
                }
            }
        }

        return found;
    }
}
