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

    public Exclusions Exclusions { get; set; } = Exclusions.None;

    /// <summary>Why the trigger cannot be understood here; null when it is. The clock is then never due.</summary>
    public string? TriggerProblem { get; set; }

    /// <summary>A calendar has changed, and the next instant is still to be worked out anew.</summary>
    public bool IsStale { get; set; }

    /// <summary>The newest run of missed instants, to which the next may belong; null after a start.</summary>
    public MissedRun? Run { get; set; }

    /// <summary>The clock was set back, and the schedule may have gone further than the clock.</summary>
    public bool IsSetBack { get; set; }

    /// <summary>
    /// What the store was asked of instants that may have been served while the clock stood ahead; null when it was
    /// not.
    /// </summary>
    public DoubtfulInstants? Doubt { get; set; }

    /// <summary>The job of the occurrence before, for the overlap policy.</summary>
    public JobId? LastJob { get; set; }

    /// <summary>
    /// Nominal instants whose occurrences the handler that keeps the schedule still runs, since before it came back;
    /// null when there are none.
    /// </summary>
    public HashSet<DateTimeOffset>? RunningOffline { get; set; }

    /// <summary>Handlers that keep a copy of the schedule, or are to. Set by <see cref="OfflineStores"/>.</summary>
    public IReadOnlyList<string> OfflineHandlers { get; set; } = [];

    /// <summary>What its backfill is at.</summary>
    public BackfillPortion? Portion { get; set; }
}
