using ScheduleZero.Contracts;

namespace ScheduleZero.Bridge;

/// <summary>
/// The limits of the Bridge, each with its name. The defaults suit a Bridge for some thousand handlers.
/// </summary>
public sealed record BridgeLimits
{
    /// <summary>How many handlers may be connected at once; one more is answered 503.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>
    /// How many new connections one address (an IPv6 /64) may open in a minute. The default is generous, since a whole
    /// site may stand behind one address: 2,000 handlers that dial three times.
    /// </summary>
    public int ConnectionsPerMinute { get; init; } = 6_000;

    /// <summary>
    /// How many connections one address (an IPv6 /64) may have at once, two for a handler that polls; trusted proxies
    /// are not bounded.
    /// </summary>
    public int ConnectionsPerAddress { get; init; } = 5_000;

    /// <summary>How long a connection may take from its opening to its first byte.</summary>
    public TimeSpan FirstByteMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many Hellos of one address the Broker may refuse in a minute before the address is shut out for the rest of
    /// that minute.
    /// </summary>
    public int RefusedHellosPerMinute { get; init; } = 10;

    /// <summary>
    /// How many checks of ways, in which the Bridge is silent for up to two minutes, may be under way at once; one more
    /// is answered 503.
    /// </summary>
    public int SilenceChecksMax { get; init; } = 256;

    /// <summary>
    /// The size of the largest single message that a handler may send, in bytes: the largest result, and room for what
    /// stands around it. A sealed message is a third longer than the same one unsealed.
    /// </summary>
    public int MessageBytesMax { get; init; } =
        (Math.Max(Limits.ParamsBytesMaxDefault, Limits.ResultBytesMaxDefault) + (64 * 1024)) * 4 / 3 + 1024;

    /// <summary>How many messages a connection may send in a second, over a long time.</summary>
    public int MessagesPerSecond { get; init; } = 2_000;

    /// <summary>How many messages a connection may send at once after a pause.</summary>
    public int MessagesBurst { get; init; } = 4_000;

    /// <summary>
    /// How many messages that make no sense, or come in the wrong order, a connection may send before it is cut.
    /// </summary>
    public int StrikesMax { get; init; } = 5;

    /// <summary>How many messages may wait for one handler, whose connection is cut when one more comes.</summary>
    public int OutgoingMessagesMax { get; init; } = 256;

    /// <summary>How many bytes may wait for one handler, whose connection is cut when more come.</summary>
    public int OutgoingBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many messages may wait for the Broker on one link; hub methods wait when there are more.</summary>
    public int LinkMessagesMax { get; init; } = 8_192;

    /// <summary>How many bytes may wait for the Broker on one link; hub methods wait when there are more.</summary>
    public int LinkBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>The largest frame accepted from the Broker, in bytes. A larger one ends the link.</summary>
    public int LinkFrameBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>The longest time from a handler's connecting to the Broker's Welcome, whatever is said.</summary>
    public TimeSpan HelloDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a handler may take to say Hello after a Greet; then its connection is closed. The reconnecting of a
    /// client that does not know Greet so heals it.
    /// </summary>
    public TimeSpan GreetDeadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the Bridge waits for the Broker's answer to a Hello.</summary>
    public TimeSpan WelcomeDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection that was told to close, or that does not accept a message, is waited for before it is cut.
    /// </summary>
    public TimeSpan CloseGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long handlers have after Drain to leave by themselves when the Bridge stops; at most 5 s.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The time between the Bridge's signs of life on a quiet connection: for proxies that cut silent connections, and
    /// for handlers, who count a connection as dead after three missing signs and must have dialled anew before their
    /// leases end.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time after which a handler that sends nothing, not even a ping, counts as gone.</summary>
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
            (nameof(SilenceChecksMax), SilenceChecksMax),
        };
        foreach (var (name, value) in counts.Where(count => count.Value < 1))
        {
            yield return $"{name} is {value}; it must be at least 1.";
        }

        var times = new (string Name, TimeSpan Value)[]
        {
            (nameof(HelloDeadline), HelloDeadline),
            (nameof(GreetDeadline), GreetDeadline),
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
