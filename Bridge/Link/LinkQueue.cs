using System.Collections.Concurrent;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The messages that wait for one link's thread: many writers, one reader, bounded by messages and by bytes. A writer
/// waits while the queue is full; order is kept for each writer, which is all that a connection needs.
/// </summary>
internal sealed class LinkQueue(int messagesMax, long bytesMax, Action wake)
{
    private readonly ConcurrentQueue<LinkMessage> _messages = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private int _count;
    private long _bytes;

    public int Count => Volatile.Read(ref _count);

    private bool IsFull => Volatile.Read(ref _count) >= messagesMax || Volatile.Read(ref _bytes) >= bytesMax;

    public ValueTask EnqueueAsync(LinkMessage message, CancellationToken cancellationToken)
    {
        if (IsFull)
        {
            return EnqueueLaterAsync(message, cancellationToken);
        }

        Enqueue(message);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Enqueues a message even where the queue is full: for messages without which the Broker would count a connection
    /// as open that is gone.
    /// </summary>
    public void Enqueue(LinkMessage message)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, message.Body.Length);
        _messages.Enqueue(message);
        Signal();
    }

    /// <summary>Wakes the reader, without waiting for it.</summary>
    public void Signal() => wake();

    public bool TryDequeue(out LinkMessage message)
    {
        if (!_messages.TryDequeue(out message))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -message.Body.Length);
        if (Volatile.Read(ref _room) is not null && !IsFull)
        {
            ReleaseRoom();
        }

        return true;
    }

    private async ValueTask EnqueueLaterAsync(LinkMessage message, CancellationToken cancellationToken)
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
