namespace ScheduleZero.Zmtp.Wire;

/// <summary>A connection cannot be used, or cannot be used any longer. The message is fit for a log.</summary>
internal sealed class ZmtpException(ZmtpFailure failure, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public ZmtpFailure Failure { get; } = failure;
}

/// <summary>Why a connection ended, as an operator would ask.</summary>
internal enum ZmtpFailure
{
    /// <summary>The peer closed the connection, or the network cut it.</summary>
    Closed,

    /// <summary>The address cannot be reached: no route, or no answer in time.</summary>
    Unreachable,

    /// <summary>Nobody listens at the address.</summary>
    ConnectionRefused,

    /// <summary>The name of the address cannot be resolved.</summary>
    UnknownHost,

    /// <summary>The handshake did not end in time, or the peer fell silent.</summary>
    Silent,

    /// <summary>The peer does not speak ZMTP.</summary>
    NotZmtp,

    /// <summary>The peer speaks a version of ZMTP before 3.</summary>
    OldVersion,

    /// <summary>The peer offers plaintext where CURVE is needed.</summary>
    PlaintextPeer,

    /// <summary>The peer offers a mechanism that is not the one needed here.</summary>
    OtherMechanism,

    /// <summary>The server does not have the key that was expected of it.</summary>
    WrongServerKey,

    /// <summary>The client's key is not on the server's list.</summary>
    KeyNotAllowed,

    /// <summary>The peer's kind of socket does not fit.</summary>
    OtherSocketType,

    /// <summary>The peer sent what the protocol forbids, or a box that does not open.</summary>
    ProtocolError,

    /// <summary>A message is over its bound: bytes, frames, or time.</summary>
    TooLarge,

    /// <summary>This side ended the connection.</summary>
    Ended,

    /// <summary>This side ended the connection of a stranger, since all places were taken and another one came.
    /// </summary>
    Displaced,
}
