using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Decides about the instants of a schedule that was served ahead, because the wall clock stood ahead of the true time
/// and was then set back. Some of these instants have their jobs already; the others are served when their time comes.
/// The store is asked which, a portion of instants at a time.
/// </summary>
internal static class ClockSetBack
{
    /// <summary>
    /// The smallest step back of the clock that counts. Within a smaller step, everything has just been served.
    /// </summary>
    public static readonly TimeSpan StepMin = TimeSpan.FromSeconds(1);

    /// <summary>Instants that the store is asked about at once.</summary>
    private const int PortionMax = 256;

    /// <summary>The instant up to which the schedule is served: no instant up to the mark is served again.</summary>
    public static DateTimeOffset MarkOf(Schedule schedule) =>
        schedule.Passed is { } passed && passed > (schedule.PlannedFrom ?? default)
            ? passed
            : schedule.PlannedFrom ?? default;

    /// <summary>
    /// The schedule with its mark set back to the clock's time. The instants up to the old mark are then in doubt.
    /// </summary>
    public static Schedule Rewind(Schedule schedule, DateTimeOffset now) =>
        MarkOf(schedule) is var mark && mark <= now
            ? schedule
            : schedule with
            {
                ServedAhead = schedule.ServedAhead > mark ? schedule.ServedAhead : mark,
                Passed = now,
                PlannedFrom = now,
                CoveredUntil = now, // Instants before now are not served again, whatever covers them.
            };

    /// <summary>Whether an instant may have been served while the clock stood ahead.</summary>
    public static bool IsInDoubt(Schedule schedule, DateTimeOffset nominal) => nominal <= schedule.ServedAhead;

    /// <summary>
    /// Whether the instant has its job, or waits for its turn. Null when only the store knows; the store is then asked.
    /// </summary>
    public static bool? IsServed(
        ScheduleSlot slot,
        Schedule schedule,
        DateTimeOffset nominal,
        JobTable jobs,
        Decision decision
    )
    {
        var id = OccurrenceId.Of(schedule.Id, nominal);
        if (
            schedule.Queued == nominal
            || slot.RunningOffline?.Contains(nominal) == true
            || nominal < schedule.BackfilledUntil
            || jobs.Find(id) is not null
        )
        {
            return true;
        }

        if (slot.Doubt is { IsAsked: false } known && known.Ids.Contains(id))
        {
            return known.Present.Contains(id);
        }

        if (slot.Doubt is not { IsAsked: true })
        {
            var ids = Instants
                .Between(slot.Clock, slot.Exclusions, nominal, schedule.ServedAhead!.Value.AddTicks(1))
                .Take(PortionMax)
                .Select(instant => OccurrenceId.Of(schedule.Id, instant))
                .ToList();
            slot.Doubt = new DoubtfulInstants(ids.ToHashSet());
            decision.Effects.Add(
                new Effect.LookUpOccurrences(
                    new OccurrenceQuestion.OfClockSetBack(schedule.Namespace, schedule.Name, slot.Doubt),
                    ids
                )
            );
        }

        return null;
    }

    /// <summary>Notes which instants in doubt have their jobs, as the store has answered.</summary>
    /// <param name="asked">The instants; an answer about others than the slot's is ignored.</param>
    public static void Receive(ScheduleSlot slot, DoubtfulInstants asked, IReadOnlySet<JobId> present)
    {
        if (slot.Doubt is { IsAsked: true } doubt && doubt == asked)
        {
            doubt.Present = present;
            doubt.IsAsked = false;
        }
    }
}

/// <summary>Instants that may have been served while the clock stood ahead, by the ids that their jobs have.</summary>
internal sealed class DoubtfulInstants(IReadOnlySet<JobId> ids)
{
    /// <summary>The ids of the jobs about which the store is asked.</summary>
    public IReadOnlySet<JobId> Ids => ids;

    /// <summary>True until the store has answered.</summary>
    public bool IsAsked { get; set; } = true;

    /// <summary>The asked-for jobs that the store holds. The set is empty until the store has answered.</summary>
    public IReadOnlySet<JobId> Present { get; set; } = new HashSet<JobId>();
}
