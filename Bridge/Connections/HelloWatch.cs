using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>
/// Watches whether a handler says Hello when it has to: after its connection opened, and after each Greet. A client
/// that does not know Greet would else stay connected for ever and get no work.
/// </summary>
/// <remarks>
/// Members are called from several threads. The messages to a handler are noted in the order in which they are sent.
/// </remarks>
internal sealed class HelloWatch(BridgeLimits limits, TimeProvider time)
{
    private readonly long _openedAt = time.GetTimestamp();

    /// <summary>When the oldest Greet that no Hello has answered was sent, as a timestamp of the clock; 0 without one.
    /// </summary>
    private long _greetedAt;

    /// <summary>Whether the handler has said a Hello on this connection.</summary>
    private volatile bool _saidHello;

    /// <summary>Whether the Broker has welcomed a Hello of this connection.</summary>
    private volatile bool _isWelcome;

    public bool SaidHello => _saidHello;

    public bool IsWelcome => _isWelcome;

    /// <summary>Notes a call of the handler that waits for an answer.</summary>
    public void Asked(MessageKind kind)
    {
        if (kind == MessageKind.Hello)
        {
            _saidHello = true;
            Volatile.Write(ref _greetedAt, 0);
        }
    }

    /// <summary>Notes a message to the handler.</summary>
    public void Sent(MessageKind kind)
    {
        switch (kind)
        {
            case MessageKind.Greet:
                Interlocked.CompareExchange(ref _greetedAt, Math.Max(1, time.GetTimestamp()), 0);
                break;
            case MessageKind.Welcome:
                // The Hello may have crossed the Greet.
                _isWelcome = true;
                Volatile.Write(ref _greetedAt, 0);
                break;
            case MessageKind.Hold:
                // Nobody could answer a Hello now. A new Greet follows when somebody can.
                Volatile.Write(ref _greetedAt, 0);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// Whether SignalR's own reconnecting may bring the handler back after a Close with this code. A client that has
    /// not said Hello would not say it then either, so it is closed for good, which its program can notice.
    /// </summary>
    public bool MayReturnAfter(string code) => _saidHello && (code is ErrorCodes.Unavailable or ErrorCodes.RateLimited);

    /// <summary>The Close that is due because no Hello came in time; null when none is due.</summary>
    /// <param name="now">A timestamp of the clock.</param>
    public Close? Overdue(long now)
    {
        // The first deadline holds whatever the handler has shown and said: a place is only for those whom the Broker
        // knows.
        if (!_isWelcome && time.GetElapsedTime(_openedAt, now) >= limits.HelloDeadline)
        {
            // A handler that has said Hello may try again: perhaps no Broker was in reach.
            return new Close(
                _saidHello ? ErrorCodes.Unavailable : ErrorCodes.Invalid,
                $"No Hello was welcomed within {limits.HelloDeadline.TotalSeconds:0} s."
            );
        }

        return
            Volatile.Read(ref _greetedAt) is > 0 and var greetedAt
            && time.GetElapsedTime(greetedAt, now) >= limits.GreetDeadline
            ? new Close(
                ErrorCodes.Unavailable,
                $"No Hello came within {limits.GreetDeadline.TotalSeconds:0} s of a Greet: connect again and say Hello."
            )
            : null;
    }
}
