using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Waits for the end of a job, for requests that ask for it.</summary>
internal sealed class JobWaiter(EventStream events, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>
    /// Starts to listen for the end of a job. Called before the job is enqueued, since the job may end before the
    /// enqueue is answered.
    /// </summary>
    public Subscription Listen(JobId id) =>
        events.Listen(happened => happened.Job is { IsFinished: true } job && job.Id == id, withResults: true);

    /// <summary>
    /// The job's end; null when the job did not end in time, the Broker stops, or this listener lost its place.
    /// </summary>
    public async Task<Happened?> EndAsync(
        Subscription subscription,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        using var timeOut = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            timeOut.Token,
            lifetime.ApplicationStopping
        );
        try
        {
            return await subscription.Events.WaitToReadAsync(either.Token) && subscription.Events.TryRead(out var ended)
                ? ended.Happened
                : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
