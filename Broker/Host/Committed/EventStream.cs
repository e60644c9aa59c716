using System.Threading.Channels;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// Passes committed events to listeners. The Broker never waits for a listener: one that falls behind loses its place
/// and is told so. The newest events of each namespace are held, bounded in number and bytes, so that a listener can
/// begin with what happened before it came, or continue after its connection was cut. Lines of job logs are not held:
/// the store has these.
/// </summary>
/// <param name="eventsHeld">How many events of one namespace are held at most.</param>
/// <param name="listenerQueueMax">How many events wait for one listener at most.</param>
internal sealed class EventStream(int eventsHeld = 4096, int listenerQueueMax = 4096)
{
    /// <summary>About how many bytes all events that are held may take.</summary>
    public const long HeldBytesMax = 16 * 1024 * 1024;

    /// <summary>How many unfinished jobs that have logged are remembered, of all namespaces.</summary>
    private const int OpenLogsMax = 100_000;

    private readonly Lock _gate = new();
    private readonly EventMemory _memory = new(eventsHeld, HeldBytesMax);
    private readonly OpenLogs _logs = new(OpenLogsMax);
    private readonly List<Listener> _listeners = [];

    /// <summary>The number of the newest event; counted from 1 at each start of the Broker.</summary>
    private long _last;

    /// <summary>Called with every event on the loop's speaking thread, so it must be quick; null for nobody.</summary>
    public Action<Happened>? Meter { get; init; }

    /// <summary>Passes an event to the listeners. Called only by the loop's speaker, after the commit.</summary>
    public void Publish(Happened happened)
    {
        Meter?.Invoke(happened);
        lock (_gate)
        {
            var whole = new NumberedEvent(++_last, happened);
            _logs.Observe(happened);
            if (happened.Type != EventChoice.LogType)
            {
                _memory.Add(HeldEvent.Of(whole));
            }

            var lean = happened.Result.IsEmpty ? whole : new NumberedEvent(_last, happened with { Result = default });
            for (var i = _listeners.Count - 1; i >= 0; i--)
            {
                var listener = _listeners[i];
                if (listener.Wants(happened) && !listener.Channel.Writer.TryWrite(listener.WithResults ? whole : lean))
                {
                    _listeners[i].Channel.Writer.TryComplete();
                    _listeners.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Starts to listen at once. The stream ends early for a listener that does not keep up.</summary>
    /// <param name="wants">Chooses events. Called under a lock, so it may only compare.</param>
    /// <param name="withResults">
    /// Whether new events contain the results of jobs. Only for a listener that wants few events.
    /// </param>
    /// <param name="queueMax">How many events wait at most; null for as many as usual.</param>
    public Subscription Listen(Func<Happened, bool> wants, bool withResults = false, int? queueMax = null)
    {
        lock (_gate)
        {
            return Add(wants, withResults, queueMax ?? listenerQueueMax, HeldEvents.None);
        }
    }

    /// <summary>The logs of a namespace that may still grow, that with the newest line first.</summary>
    public IReadOnlyList<OpenLog> LogsOf(string ns)
    {
        OpenLog[] logs;
        lock (_gate)
        {
            logs = _logs.Of(ns);
        }

        Array.Sort(logs, static (one, other) => other.Newest.CompareTo(one.Newest));
        return logs;
    }

    /// <summary>Starts to listen at once, and gives what is held of the chosen events.</summary>
    /// <param name="after">The number after which held events are given; null for the newest ones.</param>
    /// <param name="newest">How many events are given at most when there is no number.</param>
    public Subscription Listen(EventChoice choice, long? after, int newest)
    {
        lock (_gate)
        {
            var ns = choice.Namespace;
            var held =
                after is { } number ? _memory.Of(ns).Where(old => old.Number > number && choice.Passes(old))
                : newest > 0 ? _memory.Of(ns).Where(choice.Passes).TakeLast(newest)
                : [];
            return Add(
                choice.Passes,
                withResults: false,
                listenerQueueMax,
                new HeldEvents([.. held], after is { } place && _memory.HasGapAfter(ns, place), _memory.WholeSince(ns))
            );
        }
    }

    /// <summary>Forgets what happened in a deleted namespace: another one may get its name.</summary>
    public void Forget(string ns)
    {
        lock (_gate)
        {
            _memory.Forget(ns);
            _logs.Forget(ns);
        }
    }

    // Called under the lock.
    private Subscription Add(Func<Happened, bool> wants, bool withResults, int queueMax, HeldEvents held)
    {
        var channel = Channel.CreateBounded<NumberedEvent>(new BoundedChannelOptions(queueMax) { SingleReader = true });
        var listener = new Listener(wants, channel, withResults);
        _listeners.Add(listener);
        return new Subscription(channel.Reader, held, () => Remove(listener));
    }

    private void Remove(Listener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
        }
    }

    private sealed record Listener(Func<Happened, bool> Wants, Channel<NumberedEvent> Channel, bool WithResults);
}

internal readonly record struct NumberedEvent(long Number, Happened Happened);

/// <summary>What a listener gets of the events before it came.</summary>
/// <param name="Events">The events, oldest first.</param>
/// <param name="HasGap">Whether some of the events that were asked for are no longer held.</param>
/// <param name="WholeSince">
/// The instant from which on every event of the namespace is held; null when that is the start of the Broker.
/// </param>
internal sealed record HeldEvents(IReadOnlyList<HeldEvent> Events, bool HasGap, DateTimeOffset? WholeSince)
{
    public static HeldEvents None { get; } = new([], HasGap: false, WholeSince: null);
}

/// <param name="events">The events since the listener came.</param>
/// <param name="held">What is held of the events before.</param>
internal sealed class Subscription(ChannelReader<NumberedEvent> events, HeldEvents held, Action end) : IDisposable
{
    public ChannelReader<NumberedEvent> Events { get; } = events;

    public HeldEvents Held { get; } = held;

    public void Dispose() => end();
}
