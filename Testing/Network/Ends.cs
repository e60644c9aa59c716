using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Testing.Network;

/// <summary>The Broker's end of all lines.</summary>
internal interface IBrokerEnd
{
    /// <summary>Takes a handler's connection.</summary>
    /// <returns>The number by which the Broker knows the connection.</returns>
    long Open(Line line, KeyClaim claim);

    /// <summary>Takes a message that a handler said.</summary>
    void Hear(long connection, MessageKind kind, byte[] body);

    /// <summary>Takes the news that a handler's connection has ended.</summary>
    void Closed(long connection, string reason);
}

/// <summary>A handler's end of one connection.</summary>
internal interface IHandlerEnd
{
    /// <summary>Takes a message that the Broker, or a Bridge, said.</summary>
    void Hear(MessageKind kind, byte[] body);

    /// <summary>Takes the news that the connection is lost.</summary>
    void Lost(string reason);
}
