using System.Threading.Channels;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// Passes committed events to listeners. The Broker never waits for a listener: one that falls behind loses its place
/// and is told so. The newest events are held, bounded in number and bytes, so that a listener can continue after its
/// connection was cut. The held events are without the results of jobs, which only listeners get that wait for a job's
/// end.
/// </summary>
internal sealed class EventStream(int eventsHeld = 4096, int listenerQueueMax = 1024)
{
    /// <summary>The most bytes of text in all events that are held.</summary>
    public const long HeldBytesMax = 16 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<NumberedEvent> _held = new();
    private readonly List<Listener> _listeners = [];

    /// <summary>The number of bytes of text in the held events.</summary>
    private long _heldBytes;

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
            var lean = happened.Result.IsEmpty ? whole : new NumberedEvent(_last, happened with { Result = default });
            Remember(lean);
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
    /// <param name="after">
    /// The number after which events come, as far as they are still held; null for new events only.
    /// </param>
    /// <param name="withResults">
    /// Whether new events contain the results of jobs. Only for a listener that wants few events.
    /// </param>
    public Subscription Listen(Func<Happened, bool> wants, long? after = null, bool withResults = false)
    {
        var channel = Channel.CreateBounded<NumberedEvent>(
            new BoundedChannelOptions(listenerQueueMax + eventsHeld) { SingleReader = true }
        );
        var listener = new Listener(wants, channel, withResults);
        var hasGap = false;
        lock (_gate)
        {
            if (after is not null)
            {
                hasGap = after < _last - _held.Count;
                foreach (var held in _held.Where(held => held.Number > after && wants(held.Happened)))
                {
                    channel.Writer.TryWrite(held);
                }
            }

            _listeners.Add(listener);
        }

        return new Subscription(channel.Reader, hasGap, () => Remove(listener));
    }

    private void Remember(NumberedEvent happened)
    {
        _held.Enqueue(happened);
        _heldBytes += BytesOf(happened.Happened);
        while (_held.Count > eventsHeld || (_heldBytes > HeldBytesMax && _held.Count > 0))
        {
            _heldBytes -= BytesOf(_held.Dequeue().Happened);
        }
    }

    private static long BytesOf(Happened happened)
    {
        var characters = happened.Detail?.Length ?? 0;
        if (happened.Lines is { } lines)
        {
            foreach (var line in lines)
            {
                characters += line.Message.Length;
            }
        }

        return (long)characters * sizeof(char);
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

internal sealed class Subscription(ChannelReader<NumberedEvent> events, bool hasGap, Action end) : IDisposable
{
    public ChannelReader<NumberedEvent> Events { get; } = events;

    /// <summary>Whether some of the events that were asked for are no longer held.</summary>
    public bool HasGap { get; } = hasGap;

    public void Dispose() => end();
}
