namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// The gates that can stand between a schedule and its next occurrence, in the order in which they are passed.
/// </summary>
public enum ScheduleGateCode
{
    /// <summary>An operator has paused the schedule.</summary>
    Paused,

    /// <summary>
    /// The schedule's trigger, or one of its calendars, cannot be understood on the Broker's machine: it stands still
    /// until that is mended.
    /// </summary>
    Stopped,

    /// <summary>
    /// The schedule's handler has a copy of it and is out of reach, or has not reported yet what it ran meanwhile.
    /// </summary>
    Kept,

    /// <summary>The Broker's disk is nearly full, and schedules stand still.</summary>
    DiskFull,

    /// <summary>
    /// An occurrence whose time has come waits for the end of the job before, as the overlap policy says.
    /// </summary>
    Overlap,

    /// <summary>The schedule's calendars exclude every instant that is to come.</summary>
    Excluded,

    /// <summary>
    /// Nothing more is due: the schedule's end or number of occurrences, or the end of its trigger, is reached.
    /// </summary>
    Ended,

    /// <summary>The schedule's next instant has not come.</summary>
    NotDue,

    /// <summary>The schedule is due, and the Broker is about to fire it.</summary>
    Due,
}

/// <summary>
/// The explanation of why a schedule's next occurrence has not come: the gates that the schedule has passed, and as the
/// last the one that holds it.
/// </summary>
/// <param name="HeldBy">The last of the gates.</param>
/// <param name="Nominal">The nominal instant of the occurrence; not given when there is none.</param>
public sealed record ScheduleExplanation(
    string Name,
    ScheduleGateCode HeldBy,
    IReadOnlyList<ScheduleGateView> Gates,
    DateTimeOffset? Nominal = null
);

/// <inheritdoc cref="GateView"/>
public sealed record ScheduleGateView(
    ScheduleGateCode Gate,
    bool Passed,
    string Sentence,
    string? OpensWhen = null,
    DateTimeOffset? OpensAt = null
);
