using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Holds which offline stores of handlers have copies of schedules, and which sessions are connected for these stores.
/// While the store with the copy of a schedule has no settled session, the Broker holds that schedule and serves none
/// of its instants.
/// </summary>
internal sealed class OfflineStores
{
    /// <summary>How far the clock of a handler with an offline store may be off.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    /// <summary>The schedules of which a handler has custody, or is to have it, by the handler's name.</summary>
    private readonly Dictionary<(string Namespace, string Handler), HashSet<ScheduleSlot>> _slots = [];

    /// <summary>The newest session of each store.</summary>
    private readonly Dictionary<(string Namespace, string Handler, string Store), Session> _sessions = [];

    /// <summary>
    /// Whether the Broker holds the schedule: its custodian is out of reach, or has not reported yet what it ran
    /// meanwhile.
    /// </summary>
    public bool Holds(Schedule schedule) =>
        schedule.Keeping is { } keeping
        && _sessions.GetValueOrDefault((schedule.Namespace, keeping.Handler, keeping.Store)) is not { IsSettled: true };

    /// <summary>When a custodian that does not come back loses its custody.</summary>
    public static DateTimeOffset EndOf(Keeping keeping) => keeping.Until + ClockSlack;

    /// <summary>Whether the session is the one that is connected for its store.</summary>
    public bool IsConnected(Session session) =>
        session.Offer.Store is not null && _sessions.GetValueOrDefault(KeyOf(session)) == session;

    /// <summary>The session that is connected for the store of the given session; null when there is none.</summary>
    public Session? ConnectedInPlaceOf(Session session) => _sessions.GetValueOrDefault(KeyOf(session));

    /// <summary>Connects a session for its store.</summary>
    public void Connect(Session session) => _sessions[KeyOf(session)] = session;

    public void Disconnect(Session session) => _sessions.Remove(KeyOf(session));

    /// <summary>The sessions that are connected for the stores of a handler.</summary>
    public IReadOnlyList<Session> SessionsOf(string ns, string handler) =>
        [
            .. _sessions
                .Where(entry => entry.Key.Namespace == ns && entry.Key.Handler == handler)
                .Select(entry => entry.Value),
        ];

    /// <summary>The schedules of which a handler has custody, or is to have it.</summary>
    public IReadOnlyCollection<ScheduleSlot> SlotsOf(string ns, string handler) =>
        _slots.GetValueOrDefault((ns, handler)) ?? [];

    /// <summary>Notes which handlers have custody of the schedule as it stands, or are to have it.</summary>
    public void Track(ScheduleSlot slot) => Track(slot, HandlersOf(slot.Schedule));

    /// <summary>Forgets a schedule that was deleted.</summary>
    public void Forget(ScheduleSlot slot) => Track(slot, []);

    private void Track(ScheduleSlot slot, IReadOnlyList<string> handlers)
    {
        var ns = slot.Schedule.Namespace;
        foreach (var gone in slot.OfflineHandlers.Except(handlers))
        {
            if (_slots.TryGetValue((ns, gone), out var left) && left.Remove(slot) && left.Count == 0)
            {
                _slots.Remove((ns, gone));
            }
        }

        foreach (var handler in handlers)
        {
            if (!_slots.TryGetValue((ns, handler), out var slots))
            {
                _slots[(ns, handler)] = slots = [];
            }

            slots.Add(slot);
        }

        slot.OfflineHandlers = handlers;
    }

    private static IReadOnlyList<string> HandlersOf(Schedule schedule) =>
        schedule is { Offline: OfflinePolicy.Wait, Keeping: null }
            ? []
            :
            [
                .. new[]
                {
                    schedule.Offline == OfflinePolicy.Run ? schedule.Job.Handler : null,
                    schedule.Keeping?.Handler,
                }
                    .OfType<string>()
                    .Distinct(),
            ];

    private static (string Namespace, string Handler, string Store) KeyOf(Session session) =>
        (session.Namespace, session.Handler, session.Offer.Store!);
}
