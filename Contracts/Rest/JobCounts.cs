namespace ScheduleZero.Contracts.Rest;

/// <summary>The number of jobs in each state.</summary>
public sealed record JobCounts
{
    /// <summary>Jobs that wait for their time, a backoff, or other jobs.</summary>
    public required long Scheduled { get; init; }

    /// <summary>Jobs that could run, and wait for a handler or for a limit.</summary>
    public required long Ready { get; init; }

    public required long Running { get; init; }

    public required long Succeeded { get; init; }

    public required long Failed { get; init; }

    public required long Cancelled { get; init; }

    public required long Expired { get; init; }

    /// <summary>
    /// The states of which there may be more jobs than the number says: the Broker stops counting at a bound. Not given
    /// when all numbers are exact.
    /// </summary>
    public IReadOnlyList<JobState>? AtLeast { get; init; }

    /// <summary>The number of jobs in a state.</summary>
    public long Of(JobState state) =>
        state switch
        {
            JobState.Scheduled => Scheduled,
            JobState.Ready => Ready,
            JobState.Running => Running,
            JobState.Succeeded => Succeeded,
            JobState.Failed => Failed,
            JobState.Cancelled => Cancelled,
            JobState.Expired => Expired,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Jobs have no such state."),
        };
}
