using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// The attempts whose code runs here, and the room that they occupy. Not safe by itself: the lock of the
/// <see cref="AttemptBook"/> guards every member.
/// </summary>
/// <param name="capacity">How many attempts may run at once.</param>
internal sealed class RunningAttempts(int capacity)
{
    /// <summary>Attempts that the Broker assigned, and has not given up.</summary>
    private readonly Dictionary<AttemptId, HeldAttempt> _assigned = [];

    /// <summary>Attempts that this agent began by itself, while the Broker was out of reach.</summary>
    private readonly Dictionary<AttemptId, HeldAttempt> _own = [];

    /// <summary>The number of attempts whose code has not ended, by method.</summary>
    private readonly Dictionary<string, int> _executingByMethod = new(StringComparer.Ordinal);

    /// <summary>
    /// The number of attempts whose code has not ended. The number is greater than that of the attempts above while an
    /// attempt that the Broker gave up goes on.
    /// </summary>
    private int _executing;

    /// <summary>Whether the code of every attempt has ended.</summary>
    public bool IsIdle => _executing == 0;

    /// <summary>The number of attempts that the Broker assigned.</summary>
    public int AssignedCount => _assigned.Count;

    /// <summary>The number of attempts that this agent began by itself.</summary>
    public int OwnCount => _own.Count;

    /// <summary>The attempts that the Broker assigned, and has not given up.</summary>
    public IReadOnlyCollection<HeldAttempt> Assigned => _assigned.Values;

    /// <summary>Every attempt, those of the agent's own too, in a list of its own.</summary>
    public List<HeldAttempt> ToList() => [.. _assigned.Values, .. _own.Values];

    /// <summary>Whether the Broker assigned the attempt, and waits for its outcome.</summary>
    public bool IsAssigned(AttemptId id) => _assigned.ContainsKey(id);

    /// <summary>The attempt, whoever began it; null if it does not run here.</summary>
    public HeldAttempt? Find(AttemptId id) => _assigned.GetValueOrDefault(id) ?? _own.GetValueOrDefault(id);

    /// <summary>Whether one more attempt of the method may run.</summary>
    public bool HasRoom(Method method) =>
        _executing < capacity
        && _executingByMethod.GetValueOrDefault(method.Offer.Name) < (method.Offer.MaxConcurrent ?? int.MaxValue);

    /// <summary>Occupies room for an attempt whose code is about to run.</summary>
    public void Add(HeldAttempt attempt)
    {
        (attempt.Own is null ? _assigned : _own).Add(attempt.Id, attempt);
        _executing++;
        _executingByMethod[attempt.Assigned.Method] = _executingByMethod.GetValueOrDefault(attempt.Assigned.Method) + 1;
    }

    /// <summary>
    /// Removes an attempt that the Broker gave up. The attempt's code goes on, and occupies its room until it ends.
    /// </summary>
    /// <returns>The attempt; null if it does not run here.</returns>
    public HeldAttempt? GiveUp(AttemptId id) => _assigned.Remove(id, out var attempt) ? attempt : null;

    /// <summary>Gives back the room of an attempt whose code has ended, or never ran.</summary>
    /// <returns>False for an attempt that the Broker gave up: nobody waits for its outcome.</returns>
    public bool Remove(HeldAttempt attempt)
    {
        _executing--;
        _executingByMethod[attempt.Assigned.Method]--;
        return (attempt.Own is null ? _assigned : _own).Remove(attempt.Id);
    }
}
