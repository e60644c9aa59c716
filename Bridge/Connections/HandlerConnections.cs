using System.Collections.Concurrent;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>The handlers that are connected now.</summary>
internal sealed class HandlerConnections(BridgeSettings settings)
{
    private readonly ConcurrentDictionary<ulong, HandlerConnection> _connections = new();
    private TaskCompletionSource? _emptied;
    private int _count;
    private ulong _lastNumber;
    private volatile bool _draining;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether one more handler may connect.</summary>
    public bool HasRoom => !_draining && Count < settings.Limits.ConnectionsMax;

    public bool IsDraining => _draining;

    public IEnumerable<HandlerConnection> All => _connections.Select(entry => entry.Value);

    /// <summary>Makes a connection's number, which is not used again while the Bridge lives.</summary>
    public ulong NextNumber() => Interlocked.Increment(ref _lastNumber);

    public HandlerConnection? Find(ulong number) => _connections.GetValueOrDefault(number);

    public bool TryAdd(HandlerConnection connection)
    {
        if (_draining || Interlocked.Increment(ref _count) > settings.Limits.ConnectionsMax)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _connections[connection.Number] = connection;
        return true;
    }

    public void Remove(HandlerConnection connection)
    {
        if (_connections.TryRemove(connection.Number, out _) && Interlocked.Decrement(ref _count) == 0)
        {
            Volatile.Read(ref _emptied)?.TrySetResult();
        }
    }

    /// <summary>
    /// Accepts no more handlers, tells those that are connected to leave, and waits for them, at most
    /// <paramref name="grace"/>.
    /// </summary>
    public async Task DrainAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var emptied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _emptied, emptied);
        _draining = true;
        var drain = WrittenMessage.Of(new Drain("bridge stopping", ReconnectAfterSeconds: 1));
        foreach (var connection in All)
        {
            connection.Post(drain);
        }

        if (Count > 0)
        {
            await Task.WhenAny(emptied.Task, Task.Delay(grace, settings.Time, cancellationToken));
        }
    }

    public void Sweep()
    {
        var now = settings.Time.GetTimestamp();
        foreach (var connection in All)
        {
            connection.Sweep(now);
        }
    }
}
