using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Reads jobs: the stored row, and for an unfinished job its current state from the loop. A job whose method is not
/// open to the caller counts as one that does not exist.
/// </summary>
internal sealed class JobReader(IBrokerInputs inputs, IHistoryReader store, TimeProvider time)
{
    public async Task<JobView?> FindAsync(
        string ns,
        JobId id,
        NameScope? methods,
        CancellationToken cancellationToken
    ) =>
        await FindLiveAsync(ns, id, cancellationToken) is var (stored, percent, message)
        && methods.Opens(stored.Job.Spec.Method)
            ? View(stored) with
            {
                ProgressPercent = percent,
                ProgressMessage = message,
            }
            : null;

    public async Task<StoredJob?> FindStoredAsync(
        string ns,
        JobId id,
        NameScope? methods,
        CancellationToken cancellationToken
    ) =>
        await FindLiveAsync(ns, id, cancellationToken) is var (stored, _, _) && methods.Opens(stored.Job.Spec.Method)
            ? stored
            : null;

    /// <summary>A job from the loop's answer, with its params, which only the store holds.</summary>
    public async Task<JobView> WithParamsAsync(Job job, CancellationToken cancellationToken)
    {
        var parameters = await store.ReadParamsAsync([job.Id], cancellationToken);
        return View(job, parameters[0]);
    }

    public JobView View(Job job, RawJson parameters, RawJson result = default) =>
        JobViews.From(job, parameters, result, time.GetUtcNow());

    /// <summary>The answer to the submission of one job.</summary>
    /// <param name="found">
    /// The job as it was found; null when the store has pruned it meanwhile. Then the answer says what the loop still
    /// knows of the job: a submission is never answered with 404.
    /// </param>
    public JobView ViewSubmitted(NewJob asked, EnqueuedJob enqueued, JobView? found)
    {
        var view =
            found
            ?? (
                enqueued.Job is { } job ? View(job, default) : Duplicates.Remembered(enqueued, asked, time.GetUtcNow())
            );
        return view with { Warning = view.Warning ?? enqueued.Warning };
    }

    public JobView View(StoredJob stored) => View(stored.Job, stored.Params, stored.Result);

    private async Task<(StoredJob Stored, double? Percent, string? Message)?> FindLiveAsync(
        string ns,
        JobId id,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindJobAsync(ns, id, cancellationToken) is not { } stored)
        {
            return null;
        }

        if (stored.Job.IsFinished)
        {
            return (stored, null, null);
        }

        if (await inputs.ReadAsync(state => state.FindJob(ns, id), cancellationToken) is { } live)
        {
            return (stored with { Job = live.Job }, live.Percent, live.Message);
        }

        // The job ended between the two reads, so the store holds its end now.
        return await store.FindJobAsync(ns, id, cancellationToken) is { } ended ? (ended, null, null) : null;
    }
}
