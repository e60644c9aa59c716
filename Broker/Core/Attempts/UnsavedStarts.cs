using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Starts of attempts that are not on disk yet. A start is saved once its attempt has run for a second: most attempts
/// end before, and the change of their end holds the start too, so that they cost nothing here. A Broker that is killed
/// loses the starts of its last second.
/// </summary>
internal sealed class UnsavedStarts
{
    /// <summary>How old a start is when it is saved.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    // Ids, not attempts: what has ended meanwhile shall not stay in memory.
    private readonly Queue<(AttemptId Id, TimeSpan Due)> _starts = new();

    /// <summary>When the oldest is to be saved, on the steady clock; null when there is none.</summary>
    public TimeSpan? Due => _starts.TryPeek(out var oldest) ? oldest.Due : null;

    public void Add(AttemptId started, TimeSpan now) => _starts.Enqueue((started, now + Delay));

    /// <summary>Takes the oldest start out when its time has come.</summary>
    /// <param name="all">Takes it out in any case.</param>
    public bool TryDequeue(TimeSpan now, bool all, out AttemptId id)
    {
        var isDue = _starts.TryPeek(out var oldest) && (all || oldest.Due <= now);
        id = isDue ? oldest.Id : default;
        if (isDue)
        {
            _starts.Dequeue();
        }

        return isDue;
    }
}
