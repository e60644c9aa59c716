using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Holds the starts of attempts that are not on disk yet. A start is saved once its attempt has run for a second. Most
/// attempts end before that, and the change that saves their end saves the start too, so their starts cost no change of
/// their own. A Broker that is killed loses the starts of its last second.
/// </summary>
internal sealed class UnsavedStarts
{
    /// <summary>How old a start is when it is saved.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The starts, oldest first. The queue holds ids and not attempts, so that attempts that have ended meanwhile do
    /// not stay in memory.
    /// </summary>
    private readonly Queue<(AttemptId Id, TimeSpan Due)> _starts = new();

    /// <summary>When the oldest start is to be saved, on the steady clock; null when there is none.</summary>
    public TimeSpan? Due => _starts.TryPeek(out var oldest) ? oldest.Due : null;

    public void Add(AttemptId started, TimeSpan now) => _starts.Enqueue((started, now + Delay));

    /// <summary>Takes the oldest start, if it is old enough to be saved.</summary>
    /// <param name="all">True to take the oldest start however old it is.</param>
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
