using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>How the Broker speaks to handlers. Calls come from one thread at a time and never wait.</summary>
internal interface IHandlerTransport
{
    /// <summary>Sends a message to a handler; nothing happens if the connection is gone.</summary>
    void Send(long connection, IBrokerMessage message);

    /// <summary>Says Close, then forgets the connection.</summary>
    void Close(long connection, string code, string reason);

    /// <summary>A key came, changed, or was revoked: links of bridges are judged anew.</summary>
    void KeyChanged(KeyRecord key);

    /// <summary>Everything said so far may go out now.</summary>
    void Flush();
}
