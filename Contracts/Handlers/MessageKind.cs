namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// The kinds of messages of the handler protocol and of the Bridge link. The names are those on the wire.
/// </summary>
public enum MessageKind
{
    // Handler → Broker
    Hello = 1,
    Heartbeat,
    Report,
    Bye,

    // Broker → handler
    Welcome,
    Refused,
    Assign,
    Cancel,
    Ack,
    Probe,
    Drain,
    Close,
    Greet,

    // Bridge → handler
    Hold,

    // Bridge → Broker
    BridgeHello,
    BridgeProof,
    Open,
    Closed,

    // Broker → Bridge
    BridgeChallenge,
    BridgeWelcome,

    // Both ways on the link
    Beat,
    Pack,

    // Handler → Broker, with an enrolled key
    Challenge,
    Enrol,
    Rotate,

    // Broker → handler, with an enrolled key
    Nonce,
    Enrolled,
    Rotated,

    // Handler → Broker, about offline schedules
    Ran,

    // Broker → handler, about offline schedules
    Keep,
    Taken,
}
