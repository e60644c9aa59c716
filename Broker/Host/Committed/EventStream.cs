using System.Threading.Channels;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// Hands what happened to whoever listens. A listener that falls behind loses its place and is told so: the Broker
/// never waits for one. The newest events are kept, so that a listener can go on after a cut: so many, of so many
/// bytes, and without the results of jobs, which only those get who wait for a job's end.
/// </summary>
internal sealed class EventStream(int eventsKept = 4096, int listenerQueueMax = 1024)
{
    /// <summary>Bytes of text in all the events that are kept, at most.</summary>
    public const long KeptBytesMax = 16 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<NumberedEvent> _kept = new();
    private readonly List<Listener> _listeners = [];
    private long _keptBytes;
    private long _last;

    /// <summary>Is told of everything at once: it must be quick.</summary>
    public Action<Happened>? Meter { get; init; }

    /// <summary>Called by the loop alone, after the commit.</summary>
    public void Publish(Happened happened)
    {
        Meter?.Invoke(happened);
        lock (_gate)
        {
            var whole = new NumberedEvent(++_last, happened);
            var lean = happened.Result.IsEmpty ? whole : new NumberedEvent(_last, happened with { Result = default });
            Keep(lean);
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

    /// <summary>Starts listening at once; the stream ends early for a listener that does not keep up.</summary>
    /// <param name="wants">Called under a lock: only compare.</param>
    /// <param name="after">Events since this number come first, as far as they are still kept. Null: only what happens
    /// from now on.</param>
    /// <param name="withResults">Events that come from now on bring the results of jobs. Only for who wants few of
    /// them.</param>
    public Subscription Listen(Func<Happened, bool> wants, long? after = null, bool withResults = false)
    {
        var channel = Channel.CreateBounded<NumberedEvent>(
            new BoundedChannelOptions(listenerQueueMax + eventsKept) { SingleReader = true }
        );
        var listener = new Listener(wants, channel, withResults);
        var hasGap = false;
        lock (_gate)
        {
            if (after is not null)
            {
                hasGap = after < _last - _kept.Count;
                foreach (var kept in _kept.Where(kept => kept.Number > after && wants(kept.Happened)))
                {
                    channel.Writer.TryWrite(kept);
                }
            }

            _listeners.Add(listener);
        }

        return new Subscription(channel.Reader, hasGap, () => Remove(listener));
    }

    private void Keep(NumberedEvent happened)
    {
        _kept.Enqueue(happened);
        _keptBytes += BytesOf(happened.Happened);
        while (_kept.Count > eventsKept || (_keptBytes > KeptBytesMax && _kept.Count > 0))
        {
            _keptBytes -= BytesOf(_kept.Dequeue().Happened);
        }
    }

    private static long BytesOf(Happened happened)
    {
        var characters = happened.Detail?.Length ?? 0;
        foreach (var line in happened.Lines ?? [])
        {
            characters += line.Message.Length;
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

    /// <summary>Some of the events asked for are no longer kept.</summary>
    public bool HasGap { get; } = hasGap;

    public void Dispose() => end();
}
