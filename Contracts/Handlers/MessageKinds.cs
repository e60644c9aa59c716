namespace ScheduleZero.Contracts.Handlers;

/// <summary>The parties between which a message goes.</summary>
public enum MessageRoute
{
    /// <summary>The message goes from a handler to the Broker. A Bridge passes it on unread.</summary>
    HandlerToBroker,

    /// <summary>The message goes from the Broker to a handler. A Bridge passes it on unread.</summary>
    BrokerToHandler,

    /// <summary>The message goes from a Bridge to a handler; no Broker says it.</summary>
    BridgeToHandler,

    /// <summary>The message stays on the link of Bridge and Broker; no handler sees it.</summary>
    Link,
}

/// <summary>
/// The route of each kind of message. Every carrier reads the routes here, so that none of them forgets one.
/// </summary>
public static class MessageKinds
{
    /// <summary>The route of a message.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The kind has no route.</exception>
    public static MessageRoute RouteOf(MessageKind kind) =>
        kind switch
        {
            MessageKind.Hello
            or MessageKind.Heartbeat
            or MessageKind.Report
            or MessageKind.Bye
            or MessageKind.Challenge
            or MessageKind.Enrol
            or MessageKind.Rotate
            or MessageKind.Ran => MessageRoute.HandlerToBroker,
            MessageKind.Welcome
            or MessageKind.Refused
            or MessageKind.Assign
            or MessageKind.Cancel
            or MessageKind.Ack
            or MessageKind.Probe
            or MessageKind.Drain
            or MessageKind.Close
            or MessageKind.Greet
            or MessageKind.Nonce
            or MessageKind.Enrolled
            or MessageKind.Rotated
            or MessageKind.Keep
            or MessageKind.Taken => MessageRoute.BrokerToHandler,
            MessageKind.Hold => MessageRoute.BridgeToHandler,
            MessageKind.BridgeHello
            or MessageKind.BridgeProof
            or MessageKind.BridgeChallenge
            or MessageKind.BridgeWelcome
            or MessageKind.Open
            or MessageKind.Closed
            or MessageKind.Beat
            or MessageKind.Pack => MessageRoute.Link,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such message."),
        };

    /// <summary>
    /// Whether the message answers a question of a handler. SignalR returns such a message from the call; the others
    /// are sent by themselves.
    /// </summary>
    public static bool IsAnswer(MessageKind kind) =>
        kind
            is MessageKind.Welcome
                or MessageKind.Refused
                or MessageKind.Nonce
                or MessageKind.Enrolled
                or MessageKind.Rotated;

    /// <summary>Whether a handler hears the message without having asked a question.</summary>
    public static bool IsPushedToHandler(MessageKind kind) =>
        RouteOf(kind) is MessageRoute.BrokerToHandler or MessageRoute.BridgeToHandler && !IsAnswer(kind);
}
