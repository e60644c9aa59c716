using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// How attempts of the Broker ended, each until the Broker has acknowledged it: the final events are sent again in
/// every session until then. Not safe by itself: the lock of the <see cref="AttemptBook"/> guards every member.
/// </summary>
internal sealed class Outbox
{
    private const int SettledMax = 10_000;

    /// <summary>Final events that no Broker has acknowledged, by attempt.</summary>
    private readonly Dictionary<AttemptId, ReportEvent> _finals = [];

    /// <summary>
    /// The newest attempts that the Broker has acknowledged or given up, so that an Assign which is repeated does not
    /// run them again.
    /// </summary>
    private readonly Recent<AttemptId> _settled = new(SettledMax);

    /// <summary>The number of final events that no Broker has acknowledged.</summary>
    public int Count => _finals.Count;

    /// <summary>The final events that no Broker has acknowledged.</summary>
    public IReadOnlyCollection<ReportEvent> Finals => _finals.Values;

    /// <summary>The attempts whose final events no Broker has acknowledged.</summary>
    public IReadOnlyCollection<AttemptId> AttemptIds => _finals.Keys;

    /// <summary>Whether the attempt has ended here, and the Broker has not acknowledged that.</summary>
    public bool Holds(AttemptId id) => _finals.ContainsKey(id);

    /// <summary>Whether the Broker acknowledged the attempt's end, or gave the attempt up, lately.</summary>
    public bool WasSettled(AttemptId id) => _settled.Contains(id);

    /// <summary>Holds a final event until the Broker acknowledges it.</summary>
    public void Add(ReportEvent final) => _finals[final.AttemptId!.Value] = final;

    /// <summary>Forgets the final event that the Broker has acknowledged.</summary>
    /// <returns>False if the event was not here.</returns>
    public bool Acknowledge(AttemptId id)
    {
        if (!_finals.Remove(id))
        {
            return false;
        }

        _settled.Add(id);
        return true;
    }

    /// <summary>Forgets an attempt, ended or not, that the Broker gave up.</summary>
    public void GiveUp(AttemptId id)
    {
        _finals.Remove(id);
        _settled.Add(id);
    }
}
