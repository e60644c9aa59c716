using ScheduleZero.Contracts;

namespace ScheduleZero.Bridge;

/// <summary>Every bound of the Bridge, with its name. The defaults suit a Bridge for some thousand handlers.</summary>
public sealed record BridgeLimits
{
    /// <summary>Handlers connected at once; one more is answered 503.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>
    /// New connections a minute from one address (an IPv6 /64). Generous, since a whole site may stand behind one:
    /// 2,000 handlers that dial three times.
    /// </summary>
    public int ConnectionsPerMinute { get; init; } = 6_000;

    /// <summary>
    /// Connections that one address (an IPv6 /64) holds at once, two for a handler that polls; trusted proxies are not
    /// bounded.
    /// </summary>
    public int ConnectionsPerAddress { get; init; } = 5_000;

    /// <summary>How long a connection may take from its opening to its first byte.</summary>
    public TimeSpan FirstByteMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Hellos a minute that the Broker may refuse to one address before it is kept out for the rest of that minute.
    /// </summary>
    public int RefusedHellosPerMinute { get; init; } = 10;

    /// <summary>
    /// The largest single message that a handler may send, in bytes: the largest result, and room for what stands
    /// around it.
    /// </summary>
    public int MessageBytesMax { get; init; } =
        Math.Max(Limits.ParamsBytesMaxDefault, Limits.ResultBytesMaxDefault) + (64 * 1024);

    /// <summary>Messages a second that a connection may send for long.</summary>
    public int MessagesPerSecond { get; init; } = 2_000;

    /// <summary>Messages that a connection may send at once after a pause.</summary>
    public int MessagesBurst { get; init; } = 4_000;

    /// <summary>Messages that make no sense, or come in the wrong order, before the connection is cut.</summary>
    public int StrikesMax { get; init; } = 5;

    /// <summary>Messages that wait for one handler; it is cut when one more comes.</summary>
    public int OutgoingMessagesMax { get; init; } = 256;

    /// <summary>Bytes that wait for one handler; it is cut when it falls further behind.</summary>
    public int OutgoingBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Messages that wait for the Broker on one link; hub methods wait when there are more.</summary>
    public int LinkMessagesMax { get; init; } = 8_192;

    /// <summary>Bytes that wait for the Broker on one link; hub methods wait when there are more.</summary>
    public int LinkBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>The largest frame accepted from the Broker, in bytes. A larger one ends the link.</summary>
    public int LinkFrameBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a handler may take from connecting to the Broker's Welcome, whatever is said.</summary>
    public TimeSpan HelloDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the Bridge waits for the Broker's answer to a Hello.</summary>
    public TimeSpan WelcomeDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection that was told to close, or that does not take a message, is waited for before it is cut.
    /// </summary>
    public TimeSpan CloseGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long handlers have after Drain to leave by themselves when the Bridge stops; at most 5 s.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The Bridge's own sign of life on a quiet connection: for proxies that cut silent ones, and for handlers, who
    /// take three that are missing for a dead connection and must have dialled anew before their leases end.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A handler that says nothing for this long, not even a ping, is taken for gone.</summary>
    public TimeSpan HandlerSilenceMax { get; init; } = TimeSpan.FromSeconds(45);

    internal IEnumerable<string> Problems()
    {
        var counts = new (string Name, int Value)[]
        {
            (nameof(ConnectionsMax), ConnectionsMax),
            (nameof(MessageBytesMax), MessageBytesMax),
            (nameof(MessagesPerSecond), MessagesPerSecond),
            (nameof(MessagesBurst), MessagesBurst),
            (nameof(StrikesMax), StrikesMax),
            (nameof(OutgoingMessagesMax), OutgoingMessagesMax),
            (nameof(OutgoingBytesMax), OutgoingBytesMax),
            (nameof(LinkMessagesMax), LinkMessagesMax),
            (nameof(LinkBytesMax), LinkBytesMax),
            (nameof(LinkFrameBytesMax), LinkFrameBytesMax),
            (nameof(ConnectionsPerMinute), ConnectionsPerMinute),
            (nameof(RefusedHellosPerMinute), RefusedHellosPerMinute),
            (nameof(ConnectionsPerAddress), ConnectionsPerAddress),
        };
        foreach (var (name, value) in counts.Where(count => count.Value < 1))
        {
            yield return $"{name} is {value}; it must be at least 1.";
        }

        var times = new (string Name, TimeSpan Value)[]
        {
            (nameof(HelloDeadline), HelloDeadline),
            (nameof(WelcomeDeadline), WelcomeDeadline),
            (nameof(CloseGrace), CloseGrace),
            (nameof(KeepAlive), KeepAlive),
            (nameof(HandlerSilenceMax), HandlerSilenceMax),
            (nameof(FirstByteMax), FirstByteMax),
        };
        foreach (var (name, value) in times.Where(time => time.Value <= TimeSpan.Zero))
        {
            yield return $"{name} is {value}; it must be positive.";
        }

        if (HandlerSilenceMax < 2 * KeepAlive)
        {
            yield return $"{nameof(HandlerSilenceMax)} must be at least twice {nameof(KeepAlive)}.";
        }

        if (DrainGrace < TimeSpan.Zero || DrainGrace > TimeSpan.FromSeconds(5))
        {
            yield return $"{nameof(DrainGrace)} is {DrainGrace}; it must be 0 to 5 s.";
        }
    }
}
