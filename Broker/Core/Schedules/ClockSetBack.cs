using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// The clock stood ahead of the truth and was set back: a schedule has gone further than the clock. The instants
/// between may have their jobs already or not, and those that do not are to be served when their time comes; the store
/// is asked which, a portion at a time.
/// </summary>
internal static class ClockSetBack
{
    /// <summary>A smaller step does not matter: everything within it has just been served.</summary>
    public static readonly TimeSpan StepMin = TimeSpan.FromSeconds(1);

    /// <summary>Instants that the store is asked about at once.</summary>
    private const int PortionMax = 256;

    /// <summary>How far the schedule has gone: nothing up to here would be served.</summary>
    public static DateTimeOffset MarkOf(Schedule schedule) =>
        schedule.Passed is { } passed && passed > (schedule.PlannedFrom ?? default)
            ? passed
            : schedule.PlannedFrom ?? default;

    /// <summary>The schedule with its mark at the clock's time; the instants up to the old one are in doubt.</summary>
    public static Schedule Rewind(Schedule schedule, DateTimeOffset now) =>
        MarkOf(schedule) is var mark && mark <= now
            ? schedule
            : schedule with
            {
                ServedAhead = schedule.ServedAhead > mark ? schedule.ServedAhead : mark,
                Passed = now,
                PlannedFrom = now,
                CoveredUntil = schedule.CoveredUntil < now ? schedule.CoveredUntil : now,
            };

    public static bool IsInDoubt(Schedule schedule, DateTimeOffset nominal) => nominal <= schedule.ServedAhead;

    /// <summary>
    /// Whether the instant has its job, or waits for its turn; null when the store has to be asked, which it then is.
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
            decision.Effects.Add(new Effect.LookUpOccurrences(slot.Doubt, schedule.Namespace, schedule.Name, ids));
        }

        return null;
    }

    /// <summary>
    /// The store has said which instants have their jobs. An answer to what is no longer asked is let go.
    /// </summary>
    public static bool TryTake(ScheduleSlot slot, BrokerInput.OccurrencesLookedUp found)
    {
        if (slot.Doubt is not { IsAsked: true } asked || !ReferenceEquals(asked, found.Asked))
        {
            return false;
        }

        asked.Present = found.Present;
        asked.IsAsked = false;
        return true;
    }
}

/// <summary>Instants that may have been served while the clock stood ahead.</summary>
internal sealed class DoubtfulInstants(IReadOnlySet<JobId> ids)
{
    public IReadOnlySet<JobId> Ids => ids;

    /// <summary>The store has not answered yet.</summary>
    public bool IsAsked { get; set; } = true;

    /// <summary>The jobs that the store has of the instants that were asked about.</summary>
    public IReadOnlySet<JobId> Present { get; set; } = new HashSet<JobId>();
}
