using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>A job that waits until it can travel with others, and its caller's answer.</summary>
/// <param name="body">The request as JSON, as it was when the caller called.</param>
internal sealed class WaitingJob(JobRequest request, byte[] body)
{
    private readonly TaskCompletionSource<JobView> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isGivenUp;

    public JobRequest Request => request;

    public byte[] Body => body;

    public Task<JobView> Answer => _answer.Task;

    /// <summary>Whether the caller still waits.</summary>
    public bool IsWanted => !_isGivenUp;

    public void Complete(JobView job) => _answer.TrySetResult(job);

    public void Fail(Exception reason)
    {
        _answer.TrySetException(reason);
        // A caller who has given up never looks at the reason.
        _ = _answer.Task.Exception;
    }

    public void GiveUp() => _isGivenUp = true;
}
