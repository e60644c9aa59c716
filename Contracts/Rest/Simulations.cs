namespace ScheduleZero.Contracts.Rest;

/// <summary>Which schedules to simulate, and over which time.</summary>
public sealed record SimulationRequest
{
    /// <summary>Now, when not given.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>30 days after the first instant when not given; 366 days after it at most.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only the saved schedules of these names.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>
    /// Schedules as if they were saved, in place of those of the same names; at most 10,000. The others that are saved
    /// go on beside them.
    /// </summary>
    public IReadOnlyList<ScheduleRequest>? Schedules { get; init; }

    /// <summary>With <c>schedules</c>: as if all other saved ones were deleted.</summary>
    public bool? Prune { get; init; }

    /// <summary>Whose hours of the day are meant, as an IANA name; <c>UTC</c> when not given.</summary>
    public string? TimeZone { get; init; }
}

/// <summary>What would be due. Every list is bounded; a number beside it says how many there are.</summary>
public sealed record SimulationAnswer
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>
    /// How far the simulation came before it had looked at 50 million instants: all numbers are up to here.
    /// </summary>
    public required DateTimeOffset Until { get; init; }

    public required int ScheduleCount { get; init; }

    public required long Starts { get; init; }

    /// <summary>Those that start most often, 500 at most.</summary>
    public required IReadOnlyList<SimulatedSchedule> Schedules { get; init; }

    /// <summary>Starts in each hour from the first instant on.</summary>
    public required IReadOnlyList<long> Hours { get; init; }

    /// <summary>
    /// Starts in each of the 24 hours of the day, in the zone that was asked for; an hour counts where it begins.
    /// </summary>
    public required IReadOnlyList<long> HoursOfDay { get; init; }

    /// <summary>The seconds in which most start, 10 at most, where more than one does.</summary>
    public required IReadOnlyList<SimulatedPeak> Peaks { get; init; }

    public required int CollisionCount { get; init; }

    /// <summary>
    /// Handlers and concurrency keys that more jobs want in one second than they take at once, worst first, 100 at
    /// most.
    /// </summary>
    public required IReadOnlyList<SimulatedCollision> Collisions { get; init; }

    /// <summary>
    /// What changes of the clocks do, 100 rows at most: to times of day first, then to what is due every so often.
    /// </summary>
    public required IReadOnlyList<SimulatedClockChange> ClockChanges { get; init; }

    /// <summary>
    /// What starts as it is saved, over the same schedules and the deleted ones. Not set when nothing unsaved was
    /// simulated.
    /// </summary>
    public long? StartsSaved { get; init; }

    public required int DifferenceCount { get; init; }

    /// <summary>What is new, changed or gone beside what is saved, 500 at most, the largest difference first.</summary>
    public required IReadOnlyList<SimulatedDifference> Differences { get; init; }
}

public sealed record SimulatedSchedule(
    string Name,
    long Starts,
    DateTimeOffset? First = null,
    DateTimeOffset? Last = null
);

public sealed record SimulatedPeak(DateTimeOffset At, long Starts);

/// <param name="Limit">Jobs that start at once before others wait: 1 for a handler, the smallest limit given for a
/// key.</param>
/// <param name="Seconds">In how many seconds more start than that.</param>
/// <param name="At">The second in which most do.</param>
/// <param name="Starts">How many start in it.</param>
/// <param name="Schedules">Some of those, 10 at most.</param>
/// <param name="WithJitter">How many of all its schedules have a jitter, and so start later than this counts.</param>
/// <param name="Handler">The handler that they are pinned to; or</param>
/// <param name="ConcurrencyKey">the key that they share.</param>
public sealed record SimulatedCollision(
    int Limit,
    long Seconds,
    DateTimeOffset At,
    long Starts,
    IReadOnlyList<string> Schedules,
    int WithJitter,
    string? Handler = null,
    string? ConcurrencyKey = null
);

/// <param name="At">When the zone's clock is changed.</param>
/// <param name="OffsetBefore">From UTC, such as <c>+01:00</c>.</param>
/// <param name="OffsetAfter">From then on.</param>
/// <param name="Effect"><c>moved</c> to right after the gap, <c>firstOfTwo</c>, <c>leftOut</c>, or due at
/// <c>both</c>.</param>
/// <param name="Local">The first time of the wall clock that is concerned.</param>
/// <param name="Times">How many such times there are; 4,000 are counted.</param>
/// <param name="Schedule">One schedule to which it happens.</param>
/// <param name="Schedules">How many there are with the same trigger.</param>
public sealed record SimulatedClockChange(
    DateTimeOffset At,
    string TimeZone,
    string OffsetBefore,
    string OffsetAfter,
    string Effect,
    string Local,
    int Times,
    string Schedule,
    int Schedules
);

/// <param name="Change"><c>new</c>, <c>changed</c> or <c>gone</c>.</param>
public sealed record SimulatedDifference(string Name, string Change, long StartsBefore, long StartsAfter);
