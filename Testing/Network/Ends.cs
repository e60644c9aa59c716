using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Testing.Network;

/// <summary>The Broker's end of the lines.</summary>
internal interface IBrokerEnd
{
    /// <summary>Accepts a handler's connection.</summary>
    /// <returns>The number by which the Broker knows the connection.</returns>
    long Open(Line line, KeyClaim claim);

    /// <summary>Receives a message of a handler.</summary>
    void Hear(long connection, MessageKind kind, byte[] body);

    /// <summary>Receives the news that a handler's connection has ended.</summary>
    void Closed(long connection, string reason);
}

/// <summary>A handler's end of one connection.</summary>
internal interface IHandlerEnd
{
    /// <summary>Receives a message of the Broker, or of a Bridge.</summary>
    void Hear(MessageKind kind, byte[] body);

    /// <summary>Receives the news that the connection is lost.</summary>
    void Lost(string reason);
}
