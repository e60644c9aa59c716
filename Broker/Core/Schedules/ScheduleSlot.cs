using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// The place of one schedule in memory. Its timer waits on the wall clock for the next nominal instant, or for
/// <c>resumeAt</c>.
/// </summary>
internal sealed class ScheduleSlot(Schedule schedule, TriggerClock clock) : Timed
{
    public Schedule Schedule { get; set; } = schedule;

    public TriggerClock Clock { get; set; } = clock;

    /// <summary>The days of the schedule's calendars.</summary>
    public Exclusions Exclusions { get; set; } = Exclusions.None;

    /// <summary>
    /// Why the trigger cannot be understood on this machine; null when it can. While it cannot, the clock is never due.
    /// </summary>
    public string? TriggerProblem { get; set; }

    /// <summary>True while the next instant is still to be planned anew, because a calendar has changed.</summary>
    public bool IsStale { get; set; }

    /// <summary>
    /// The newest range of missed instants, which the next missed instant may continue; null while none was missed
    /// since the start, the last edit, and the last change of a calendar that the schedule names.
    /// </summary>
    public MissedRange? MissedRange { get; set; }

    /// <summary>
    /// True while the schedule is still to be rewound, because the clock was set back and the schedule is served
    /// beyond the clock's time.
    /// </summary>
    public bool IsSetBack { get; set; }

    /// <summary>
    /// The instants about which the store was asked because they may have been served while the clock stood ahead; null
    /// while it was not asked.
    /// </summary>
    public DoubtfulInstants? Doubt { get; set; }

    /// <summary>The job of the newest occurrence, for the overlap policy; null before the first.</summary>
    public JobId? LastJob { get; set; }

    /// <summary>
    /// The nominal instants whose occurrences the custodian began while it was out of reach, and still runs; null when
    /// there are none.
    /// </summary>
    public HashSet<DateTimeOffset>? RunningOffline { get; set; }

    /// <summary>
    /// The handlers that have a signed copy of the schedule, or are to get one. <see cref="OfflineStores"/> sets them.
    /// </summary>
    public IReadOnlyList<string> OfflineHandlers { get; set; } = [];

    /// <summary>The portion of the schedule's backfill that is being made; null while there is none.</summary>
    public BackfillPortion? Portion { get; set; }
}
