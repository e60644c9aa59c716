using NetMQ;
using NetMQ.Sockets;

namespace ScheduleZero.Edges;

/// <summary>
/// Wakes the thread of a NetMQ poller, so that it does the work that others have left for it. Calls are safe from any
/// thread and at any time, also after <see cref="Dispose"/>: none of them ever waits for a socket. NetMQ's own queue
/// sends with an infinite time-out, and never returns when the poller's end of it is gone.
/// </summary>
internal sealed class PollerSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PairSocket _writer;
    private readonly PairSocket _reader;
    private int _isSet;
    private volatile bool _isDisposed;

    public PollerSignal()
    {
        PairSocket.CreateSocketPair(out _writer, out _reader);
        _reader.ReceiveReady += (_, _) => Receive();
    }

    /// <summary>
    /// Raised on the poller's thread, once for any number of <see cref="Set"/> before it. Work that was left before
    /// those calls is visible to the handler of the event.
    /// </summary>
    public event Action? Raised;

    /// <summary>The socket that the poller polls.</summary>
    public ISocketPollable Pollable => _reader;

    /// <summary>Makes the poller's thread raise <see cref="Raised"/> soon.</summary>
    /// <returns>False when the poller no longer runs: whoever left work has to clear it away. After true, whoever
    /// disposed the signal clears it away.</returns>
    public bool Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) != 0)
        {
            return !_isDisposed;
        }

        lock (_gate)
        {
            return !_isDisposed && TrySend();
        }
    }

    /// <summary>Ends the signal. Called when the poller that polled it no longer runs.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _writer.Dispose();
            _reader.Dispose();
        }
    }

    // Sends the one message, for which there is always room, since at most one is on its way.
    private bool TrySend()
    {
        var message = new Msg();
        message.InitEmpty();
        if (_writer.TrySend(ref message, TimeSpan.Zero, more: false))
        {
            return true;
        }

        message.Close();
        Interlocked.Exchange(ref _isSet, 0);
        return false;
    }

    private void Receive()
    {
        var message = new Msg();
        message.InitEmpty();
        while (_reader.TryReceive(ref message, TimeSpan.Zero))
        {
            // The message says nothing but that there is work.
        }

        message.Close();
        // The flag is cleared before the work is done: work that comes from now on raises the signal again.
        Interlocked.Exchange(ref _isSet, 0);
        Raised?.Invoke();
    }
}
