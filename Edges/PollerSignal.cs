using NetMQ;
using NetMQ.Sockets;

namespace ScheduleZero.Edges;

/// <summary>
/// Wakes the thread of a NetMQ poller, so that it looks for work that others have left for it. Safe from any thread and
/// at any time, also after <see cref="Dispose"/>: no call of it ever waits for a socket. NetMQ's own queue sends with
/// an infinite time-out, and never returns when the poller's end of it is gone.
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
        _reader.ReceiveReady += (_, _) => Take();
    }

    /// <summary>
    /// Raised on the poller's thread, once for any number of <see cref="Set"/> before it. What was left before those is
    /// visible to it.
    /// </summary>
    public event Action? Raised;

    /// <summary>What the poller polls.</summary>
    public ISocketPollable Pollable => _reader;

    /// <summary>Has <see cref="Raised"/> called soon.</summary>
    /// <returns>False when nobody will look any more: whoever left work has to clear it away. After true, whoever
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

    /// <summary>Ends the signal. The poller that polled it no longer runs.</summary>
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

    // At most one message is on its way, so there is always room for it.
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

    private void Take()
    {
        var message = new Msg();
        message.InitEmpty();
        while (_reader.TryReceive(ref message, TimeSpan.Zero))
        {
            // It says nothing but that there is work.
        }

        message.Close();
        // Before the work is looked for: what comes from now on raises it again.
        Interlocked.Exchange(ref _isSet, 0);
        Raised?.Invoke();
    }
}
