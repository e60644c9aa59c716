using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Handlers;

/// <summary>
/// A real agent without threads of its own: connection loop, session, attempt book and outbox, whose awaits continue on
/// the one thread, and whose heartbeats come from the agenda.
/// </summary>
#pragma warning disable CA1001 // The agent ends as a process does: see Fall.
internal sealed class TurnedAgent
#pragma warning restore CA1001
{
    private readonly Agenda _agenda;
    private readonly Action<Action> _do;
    private readonly AgentWorks _works;
    private readonly Func<TimeSpan, TimeSpan> _pause;
    private IHeartbeatSource? _beaten;

    /// <summary>Puts the parts of the agent together.</summary>
    /// <param name="do">Runs the agent's code while its process lives; calls <see cref="WatchSource"/> after
    /// it.</param>
    /// <param name="run">Begins to run an attempt.</param>
    /// <param name="pause">The time from one heartbeat to the next, given what the Broker asked for.</param>
    public TurnedAgent(
        AgentParts parts,
        Agenda agenda,
        Action<Action> @do,
        Action<HeldAttempt> run,
        Func<TimeSpan, TimeSpan> pause
    )
    {
        (_agenda, _do, _pause) = (agenda, @do, pause);
        _works = new AgentWorks(parts, run);
    }

    public AttemptBook Book => _works.Book;

    public ConnectionLoop Loop => _works.Loop;

    /// <summary>Closes what the agent has open on its disk, as the system does when a process ends.</summary>
    public void Fall() => _works.Dispose();

    /// <summary>
    /// Does the work of the pacer's thread: one heartbeat at once for a new session, then one in every interval.
    /// </summary>
    public void WatchSource()
    {
        if (_works.Pacer.Source != _beaten)
        {
            _beaten = _works.Pacer.Source;
            if (_beaten is not null)
            {
                Beat(_beaten);
            }
        }
    }

    /// <summary>Sends one heartbeat in addition to those that are due.</summary>
    public void BeatNow()
    {
        if (_works.Pacer.Source is { } source)
        {
            _works.Pacer.Tick(source);
        }
    }

    private void Beat(IHeartbeatSource source) =>
        _do(() =>
        {
            if (source == _works.Pacer.Source)
            {
                _works.Pacer.Tick(source);
                _agenda.In(_pause(source.HeartbeatInterval), () => Beat(source));
            }
        });
}
