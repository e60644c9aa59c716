using System.Collections.Concurrent;

namespace ScheduleZero.Edges;

/// <summary>
/// The messages that wait for the thread of a socket: many writers, one reader, bounded by messages and by bytes. A
/// writer that finds the queue full waits. Order is kept for each writer, which is all that a connection needs.
/// </summary>
/// <param name="bytesOf">The size of a message, which never changes.</param>
/// <param name="wake">Wakes the reader. Called by any thread; must not wait.</param>
internal sealed class BoundedQueue<T>(int messagesMax, long bytesMax, Func<T, int> bytesOf, Action wake)
    where T : struct
{
    private readonly ConcurrentQueue<T> _messages = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private int _count;
    private long _bytes;
    private volatile bool _isEnded;

    public int Count => Volatile.Read(ref _count);

    private bool IsFull =>
        !_isEnded && (Volatile.Read(ref _count) >= messagesMax || Volatile.Read(ref _bytes) >= bytesMax);

    public ValueTask EnqueueAsync(T message, CancellationToken cancellationToken)
    {
        if (IsFull)
        {
            return EnqueueLaterAsync(message, cancellationToken);
        }

        Enqueue(message);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Enqueues even where the queue is full: for messages without which the reader would hold a connection that is
    /// gone.
    /// </summary>
    public void Enqueue(T message)
    {
        if (_isEnded)
        {
            return;
        }

        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, bytesOf(message));
        _messages.Enqueue(message);
        Signal();
    }

    /// <summary>Wakes the reader, without waiting for it.</summary>
    public void Signal() => wake();

    /// <summary>
    /// Ends the queue, which the reader has left: what waits and what still comes is dropped, and no writer waits.
    /// </summary>
    public void End()
    {
        _isEnded = true;
        while (TryDequeue(out _)) { }

        // A writer that begins to wait from now on sees the end by itself.
        Interlocked.MemoryBarrier();
        ReleaseRoom();
    }

    public bool TryDequeue(out T message)
    {
        if (!_messages.TryDequeue(out message))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytesOf(message));
        if (Volatile.Read(ref _room) is not null && !IsFull)
        {
            ReleaseRoom();
        }

        return true;
    }

    private async ValueTask EnqueueLaterAsync(T message, CancellationToken cancellationToken)
    {
        while (IsFull)
        {
            await RoomAsync().WaitAsync(cancellationToken);
        }

        Enqueue(message);
    }

    private Task RoomAsync()
    {
        Task room;
        lock (_gate)
        {
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
        }

        // The reader may have made room before it could see that somebody waits.
        Interlocked.MemoryBarrier();
        if (!IsFull)
        {
            ReleaseRoom();
        }

        return room;
    }

    private void ReleaseRoom()
    {
        lock (_gate)
        {
            _room?.SetResult();
            _room = null;
        }
    }
}
