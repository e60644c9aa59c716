using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>How the Broker speaks to handlers. Calls come from one thread at a time and never wait.</summary>
internal interface IHandlerTransport
{
    /// <param name="message">A record of the handler protocol. Nothing happens if the connection is gone.</param>
    void Send(long connection, MessageKind kind, object message);

    /// <summary>Says Close, then forgets the connection.</summary>
    void Close(long connection, string code, string reason);

    /// <summary>A key came, changed, or was revoked: links of bridges are judged anew.</summary>
    void KeyChanged(KeyRecord key);

    /// <summary>Everything said so far may go out now.</summary>
    void Flush();
}
