namespace ScheduleZero.HandlerAgent;

/// <summary>Runs the attempts of one method. Made anew for each attempt, in a scope of its own.</summary>
public interface IJobHandler<in TParams, TResult>
{
    /// <param name="p">The job's params.</param>
    /// <param name="job">About this attempt; good until the returned promise ends.</param>
    /// <param name="ct">Asks the attempt to stop: the job was cancelled or timed out, or the agent is stopping.</param>
    /// <exception cref="JobFailedException">The attempt failed, and the handler says how. Any other exception is a
    /// failure that may be retried.</exception>
    Task<TResult> HandleAsync(TParams p, JobContext job, CancellationToken ct);
}
