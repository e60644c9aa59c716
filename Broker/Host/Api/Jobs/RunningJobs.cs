using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Lists running jobs. The loop knows them at once, while the store would have to look through all jobs.
/// </summary>
internal sealed class RunningJobs(IBrokerInputs inputs, IHistoryReader store, JobReader reader)
{
    // How many jobs one read of the loop tests at most, since a filter may pass over many.
    private const int PortionMax = 1000;

    // What the look at a job costs beside its params, in bytes: so many jobs are looked at as searches of the store do.
    private const int ComparedBytes = JobSearch.ParamsBytesPerPage / 5_000;

    /// <summary>One page of running jobs, newest first.</summary>
    /// <exception cref="FormatException">The cursor is not a job's id.</exception>
    public async Task<Page<JobView>> SearchAsync(JobSearch search, CancellationToken cancellationToken)
    {
        JobId? after =
            search.Cursor is null ? null
            : JobId.TryParse(search.Cursor, out var last) ? last
            : throw new FormatException("Not a job id.");
        var (items, bytes, compared) = (new List<JobView>(), 0L, 0L);
        List<(Job Job, double? Percent, string? Message)> live;
        do
        {
            live = await inputs.ReadAsync(state => ReadPortion(state, search.Namespace, after), cancellationToken);
            foreach (var (job, percent, message) in live)
            {
                if (
                    items.Count == search.Limit
                    || bytes >= Limits.PageBytesMax
                    || compared >= JobSearch.ParamsBytesPerPage
                )
                {
                    return new Page<JobView>(items, after.ToString());
                }

                after = job.Id;
                if (
                    !search.Fits(job)
                    || await store.FindJobAsync(job.Namespace, job.Id, cancellationToken) is not { } stored
                )
                {
                    continue;
                }

                compared += search.Params is null ? 0 : ComparedBytes + stored.Params.Utf8.Length;
                if (search.HasParams(stored.Params))
                {
                    var parameters = search.Bodies.HasFlag(JobBodies.Params) ? stored.Params : default;
                    bytes += parameters.Utf8.Length;
                    items.Add(
                        reader.View(job, parameters) with
                        {
                            ProgressPercent = percent,
                            ProgressMessage = message,
                        }
                    );
                }
            }
        } while (live.Count == PortionMax);
        return new Page<JobView>(items);
    }

    private static List<(Job Job, double? Percent, string? Message)> ReadPortion(
        Core.BrokerState state,
        string ns,
        JobId? after
    )
    {
        var found = new List<(Job, double?, string?)>();
        foreach (var id in state.RunningJobs(ns))
        {
            // Ids sort by age, and the list is newest first. So a cursor keeps its place even when its job has ended.
            if ((after is null || id < after) && state.FindJob(ns, id) is { } live)
            {
                found.Add(live);
                if (found.Count == PortionMax)
                {
                    break;
                }
            }
        }

        return found;
    }
}
