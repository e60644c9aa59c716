using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Who waits for which unfinished job.</summary>
internal sealed class Waiters
{
    private readonly Dictionary<JobId, List<JobSlot>> _waiting = [];

    /// <summary>Each job that waits counts once for each that it waits for.</summary>
    public int Count { get; private set; }

    public int CountOf(JobId awaited) => _waiting.GetValueOrDefault(awaited)?.Count ?? 0;

    public void Add(JobSlot slot)
    {
        foreach (var awaited in slot.Job.Chain?.Left ?? [])
        {
            if (!_waiting.TryGetValue(awaited, out var slots))
            {
                _waiting[awaited] = slots = [];
            }

            slots.Add(slot);
            Count++;
        }
    }

    /// <summary>The job waits for none of these any more.</summary>
    public void Remove(JobSlot slot, IReadOnlyList<JobId> awaited)
    {
        foreach (var id in awaited)
        {
            if (!_waiting.TryGetValue(id, out var slots) || !slots.Remove(slot))
            {
                continue;
            }

            Count--;
            if (slots.Count == 0)
            {
                _waiting.Remove(id);
            }
        }
    }

    /// <summary>Those that waited for a job that has ended; they do not any more.</summary>
    public IReadOnlyList<JobSlot> Take(JobId ended)
    {
        if (!_waiting.Remove(ended, out var slots))
        {
            return [];
        }

        Count -= slots.Count;
        return slots;
    }
}
