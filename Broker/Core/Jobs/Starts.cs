using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Starts of attempts that are not on disk yet. A start is kept once its attempt has run for a second: most attempts
/// end before, and their end tells when they began, so that they cost nothing here. A Broker that is killed forgets the
/// starts of its last second.
/// </summary>
internal sealed class Starts
{
    /// <summary>How old a start is when it is kept.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    // Ids, not slots: what has ended meanwhile shall not stay in memory.
    private readonly Queue<(JobId Id, int Token, TimeSpan Due)> _waiting = new();

    /// <summary>When the oldest is to be kept; null when none waits.</summary>
    public TimeSpan? Due => _waiting.TryPeek(out var oldest) ? oldest.Due : null;

    public void Add(Job started, TimeSpan now) => _waiting.Enqueue((started.Id, started.Token, now + Delay));

    /// <param name="all">Also those that are not due.</param>
    public bool TryTake(TimeSpan now, bool all, out JobId id, out int token)
    {
        var isDue = _waiting.TryPeek(out var oldest) && (all || oldest.Due <= now);
        (id, token) = isDue ? (oldest.Id, oldest.Token) : default;
        if (isDue)
        {
            _waiting.Dequeue();
        }

        return isDue;
    }
}
