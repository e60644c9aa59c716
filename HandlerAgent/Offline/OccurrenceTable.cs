using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// The occurrences that this agent has begun, or is about to begin, and that have not ended. Not safe by itself: the
/// lock of the <see cref="OfflineCustodian"/> guards every member.
/// </summary>
internal sealed class OccurrenceTable
{
    /// <summary>All occurrences, in the order in which they were added.</summary>
    private readonly List<Occurrence> _all = [];

    /// <summary>The same occurrences by the id of their schedule. A schedule without any has no entry.</summary>
    private readonly Dictionary<Guid, List<Occurrence>> _bySchedule = [];

    /// <summary>All occurrences, in the order in which they were added.</summary>
    public IReadOnlyList<Occurrence> All => _all;

    /// <summary>The occurrences of a schedule, in the order in which they were added.</summary>
    public IReadOnlyList<Occurrence> Of(Guid scheduleId) => _bySchedule.GetValueOrDefault(scheduleId) ?? [];

    /// <summary>The occurrence of a schedule that waits for those before it; null when none waits.</summary>
    public Occurrence? QueuedOf(Guid scheduleId) =>
        _bySchedule.TryGetValue(scheduleId, out var occurrences) ? occurrences.Find(o => o.IsQueued) : null;

    /// <summary>Whether the table has the occurrence.</summary>
    public bool Contains(Guid scheduleId, JobId id) => Of(scheduleId).Any(o => o.Id == id);

    /// <summary>Whether an occurrence of the schedule has begun, or may begin before the one that is queued.</summary>
    public bool HasUnqueued(Guid scheduleId) => Of(scheduleId).Any(o => !o.IsQueued);

    public void Add(Occurrence occurrence)
    {
        _all.Add(occurrence);
        if (!_bySchedule.TryGetValue(occurrence.Schedule.ScheduleId, out var occurrences))
        {
            _bySchedule[occurrence.Schedule.ScheduleId] = occurrences = [];
        }

        occurrences.Add(occurrence);
    }

    public void Remove(Occurrence occurrence)
    {
        _all.Remove(occurrence);
        if (!_bySchedule.TryGetValue(occurrence.Schedule.ScheduleId, out var occurrences))
        {
            return;
        }

        occurrences.Remove(occurrence);
        if (occurrences.Count == 0)
        {
            _bySchedule.Remove(occurrence.Schedule.ScheduleId);
        }
    }
}
