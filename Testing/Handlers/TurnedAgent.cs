using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Handlers;

/// <summary>
/// A real agent without threads of its own: connection loop, session, attempt book and outbox, whose awaits go on on the one thread, and whose heartbeats
/// come from the agenda.
/// </summary>
#pragma warning disable CA1001 // The pacer's thread is never started, and nobody waits for its event.
internal sealed class TurnedAgent
#pragma warning restore CA1001
{
    private readonly Agenda _agenda;
    private readonly Action<Action> _do;
    private readonly HeartbeatPacer _pacer;
    private readonly Func<TimeSpan, TimeSpan> _pause;
    private IHeartbeatSource? _beaten;

    /// <param name="do">Runs the agent's code, for as long as its process lives; calls <see cref="WatchSource"/> after it.</param>
    /// <param name="run">Where attempts run.</param>
    /// <param name="pause">From one heartbeat to the next, given what the Broker asked for.</param>
    public TurnedAgent(AgentParts parts, Agenda agenda, Action<Action> @do, Action<HeldAttempt> run, Func<TimeSpan, TimeSpan> pause)
    {
        (_agenda, _do, _pause) = (agenda, @do, pause);
        Book = new AttemptBook(parts.Methods, parts.Options, parts.Scopes, parts.Time, parts.Logger) { Run = run };
        _pacer = new HeartbeatPacer(parts.Time, parts.Logger);
        var hello = new HelloMaker(parts.Options, parts.Methods, Book, parts.Identity, parts.Logger);
        Loop = new ConnectionLoop(parts.Options, parts.Carrier, Book, hello, _pacer, parts.Time, parts.Chance, parts.Logger);
    }

    public AttemptBook Book { get; }

    public ConnectionLoop Loop { get; }

    /// <summary>What the thread of the pacer does: beat at once for a new session, then at every interval.</summary>
    public void WatchSource()
    {
        if (_pacer.Source != _beaten)
        {
            _beaten = _pacer.Source;
            if (_beaten is not null)
            {
                Beat(_beaten);
            }
        }
    }

    /// <summary>One heartbeat more than is due.</summary>
    public void BeatNow()
    {
        if (_pacer.Source is { } source)
        {
            _pacer.Tick(source);
        }
    }

    private void Beat(IHeartbeatSource source) => _do(() =>
    {
        if (source == _pacer.Source)
        {
            _pacer.Tick(source);
            _agenda.In(_pause(source.HeartbeatInterval), () => Beat(source));
        }
    });
}
