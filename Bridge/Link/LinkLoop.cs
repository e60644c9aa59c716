using System.Threading.Channels;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The loop that serves one connection of a link. The loop handles incoming messages, the queue of the handlers'
/// messages, room in the connection, and the clock, one after the other, so that the session needs no locks.
/// </summary>
internal sealed class LinkLoop
{
    private const int ReceiveBurstMax = 256;

    /// <summary>How long what waits is sent after the Bridge was told to stop.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly BrokerLink _link;
    private readonly ZmtpConnection _connection;
    private readonly LinkContext _context;
    private readonly LinkSession _session;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes the loop. At most one entry, which says that there may be work.</summary>
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    /// <summary>The message that the loop waits for; null when it waits for none.</summary>
    private Task<ZmtpMessage>? _receiving;
    private volatile bool _isTickDue;

    /// <param name="place">The connection's place at the Bridge's listener; null for one that the Bridge has dialled.
    /// </param>
    public LinkLoop(BrokerLink link, ZmtpConnection connection, ConnectionPlace? place, LinkContext context)
    {
        _link = link;
        _connection = connection;
        _context = context;
        _session = new LinkSession(link, new LinkConnection(connection, place, context), context, Wake);
    }

    public ZmtpConnection Connection => _connection;

    /// <summary>A task that completes when the loop has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Makes the loop look for work. Safe from any thread, and never waits.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Serves the connection until it ends, or until the link is stopped.</summary>
    /// <exception cref="ZmtpException">The connection has ended, and why.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var timings = _context.Settings.LinkTimings;
        _connection.RoomMade = Wake;
        try
        {
            await using var clock = _context.Settings.Time.CreateTimer(_ => Tick(), null, timings.Tick, timings.Tick);
            _session.Begin();
            await ServeAsync(cancellationToken);
        }
        catch (ZmtpException e)
        {
            _session.Disconnected(e.Message);
            throw;
        }
        finally
        {
            _session.Abandon();
            _connection.End("Nobody serves it any more.");
            if (_receiving is Task receiving)
            {
                // A connection may be freed only when nobody receives. Why it ended is known already.
                await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            _ended.TrySetResult();
        }
    }

    private void Tick()
    {
        _isTickDue = true;
        Wake();
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        long? stoppingSince = null;
        while (true)
        {
            var mayHaveReceivedMore = await ReceiveBurstAsync(cancellationToken);
            if (_isTickDue)
            {
                _isTickDue = false;
                _session.Tick();
            }

            var isTaken = _session.TryDrain(out var isMoreWaiting);
            if (_link.IsStopping)
            {
                stoppingSince ??= _context.Settings.Time.GetTimestamp();
                var rest = StopGrace - _context.Settings.Time.GetElapsedTime(stoppingSince.Value);
                if ((isTaken && !isMoreWaiting) || rest <= TimeSpan.Zero)
                {
                    var limit = rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
                    await _connection.EndAfterSendingAsync("The Bridge stops.", limit);
                    return;
                }
            }

            if (mayHaveReceivedMore || (isTaken && isMoreWaiting))
            {
                Wake();
            }

            await _wakes.Reader.ReadAsync(cancellationToken);
        }
    }

    /// <summary>Receives the messages that have come already, up to a burst.</summary>
    /// <returns>Whether more may have come.</returns>
    private async ValueTask<bool> ReceiveBurstAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < ReceiveBurstMax; i++)
        {
            if (_receiving is null)
            {
                var next = _connection.ReceiveAsync(cancellationToken);
                if (next.IsCompletedSuccessfully)
                {
                    _session.Receive(next.Result);
                    continue;
                }

                _receiving = next.AsTask();
                _receiving.GetAwaiter().UnsafeOnCompleted(Wake);
            }

            if (!_receiving.IsCompleted)
            {
                return false;
            }

            var message = await _receiving;
            _receiving = null;
            _session.Receive(message);
        }

        return true;
    }
}
