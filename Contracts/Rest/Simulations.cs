namespace ScheduleZero.Contracts.Rest;

/// <summary>Asks for a simulation of schedules, and says over which time.</summary>
public sealed record SimulationRequest
{
    /// <summary>The first instant; now when not given.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The last instant; 30 days after the first when not given, 366 days after it at most.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The names of the saved schedules to simulate; all when not given.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>
    /// Schedules to simulate as if they were saved, in place of those of the same names; at most 10,000. The other
    /// saved schedules are simulated beside them.
    /// </summary>
    public IReadOnlyList<ScheduleRequest>? Schedules { get; init; }

    /// <summary>
    /// Whether all saved schedules that are not in <c>schedules</c> are treated as deleted. Only with <c>schedules</c>.
    /// </summary>
    public bool? Prune { get; init; }

    /// <summary>The time zone of the hours of the day, as an IANA name; <c>UTC</c> when not given.</summary>
    public string? TimeZone { get; init; }
}

/// <summary>
/// The instants that would be due, in numbers. Every list is bounded; a number beside it says how many rows there are.
/// </summary>
public sealed record SimulationAnswer
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>
    /// The instant up to which all numbers count, when the simulation had to end after 50 million instants; otherwise
    /// the end of the range.
    /// </summary>
    public required DateTimeOffset Until { get; init; }

    public required int ScheduleCount { get; init; }

    public required long Starts { get; init; }

    /// <summary>The schedules that start most often, 500 at most.</summary>
    public required IReadOnlyList<SimulatedSchedule> Schedules { get; init; }

    /// <summary>The number of starts in each hour from the first instant on.</summary>
    public required IReadOnlyList<long> Hours { get; init; }

    /// <summary>
    /// The number of starts in each of the 24 hours of the day, in the zone that was asked for; an hour counts where it
    /// begins.
    /// </summary>
    public required IReadOnlyList<long> HoursOfDay { get; init; }

    /// <summary>The seconds with the most starts, 10 at most, where more than one job starts.</summary>
    public required IReadOnlyList<SimulatedPeak> Peaks { get; init; }

    public required int CollisionCount { get; init; }

    /// <summary>
    /// The handlers and concurrency keys that more jobs want in one second than they take at once, worst first, 100 at
    /// most.
    /// </summary>
    public required IReadOnlyList<SimulatedCollision> Collisions { get; init; }

    /// <summary>
    /// The effects of changes of the clocks, 100 rows at most: first on times of day, then on what is due in an
    /// interval.
    /// </summary>
    public required IReadOnlyList<SimulatedClockChange> ClockChanges { get; init; }

    /// <summary>
    /// The number of starts of the schedules as they are saved, the deleted ones too. Not set when nothing unsaved was
    /// simulated.
    /// </summary>
    public long? StartsSaved { get; init; }

    public required int DifferenceCount { get; init; }

    /// <summary>
    /// The schedules that are new, changed or gone compared with the saved ones, 500 at most, the largest difference
    /// first.
    /// </summary>
    public required IReadOnlyList<SimulatedDifference> Differences { get; init; }
}

public sealed record SimulatedSchedule(
    string Name,
    long Starts,
    DateTimeOffset? First = null,
    DateTimeOffset? Last = null
);

public sealed record SimulatedPeak(DateTimeOffset At, long Starts);

/// <summary>A handler or a concurrency key that more jobs want in one second than it takes at once.</summary>
/// <param name="Limit">How many jobs run at once before others wait: 1 for a handler, the smallest limit given for a
/// key.</param>
/// <param name="Seconds">The number of seconds in which more jobs start than that.</param>
/// <param name="At">The second in which the most jobs start.</param>
/// <param name="Starts">The number of jobs that start in that second.</param>
/// <param name="Schedules">The names of some of the schedules, 10 at most.</param>
/// <param name="WithJitter">How many of all the schedules have a jitter, so that their jobs start later than is counted
/// here.</param>
/// <param name="Handler">The handler that the jobs are pinned to; not set for a key.</param>
/// <param name="ConcurrencyKey">The key that the jobs share; not set for a handler.</param>
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

/// <summary>The effect of one change of a zone's clock.</summary>
/// <param name="At">When the zone's clock is changed.</param>
/// <param name="OffsetBefore">The zone's offset from UTC before the change, such as <c>+01:00</c>.</param>
/// <param name="OffsetAfter">The zone's offset from UTC after the change.</param>
/// <param name="Effect">The effect: <c>moved</c> to right after the gap, <c>firstOfTwo</c>, <c>leftOut</c>, or due at
/// <c>both</c>.</param>
/// <param name="Local">The first affected time of the wall clock.</param>
/// <param name="Times">How many times of the wall clock are affected; 4,000 are counted.</param>
/// <param name="Schedule">The name of one schedule with the trigger.</param>
/// <param name="Schedules">The number of schedules with the same trigger.</param>
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

/// <summary>The starts of one schedule before and after the unsaved changes.</summary>
/// <param name="Change">The change: <c>new</c>, <c>changed</c> or <c>gone</c>.</param>
public sealed record SimulatedDifference(string Name, string Change, long StartsBefore, long StartsAfter);
