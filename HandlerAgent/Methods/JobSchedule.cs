namespace ScheduleZero.HandlerAgent;

/// <summary>The schedule that made a job, and the occurrence for which it did.</summary>
public sealed record JobSchedule
{
    /// <summary>The name of the schedule, in the namespace of the job.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The instant at which the schedule was due. The instant is the same for every attempt, and for a start that comes
    /// late: code that works on a day or an hour computes it from this instant, and not from the clock.
    /// </summary>
    public required DateTimeOffset Nominal { get; init; }
}
