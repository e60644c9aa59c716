using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Sends the Broker's messages to handlers. Calls come from one thread at a time and never wait.</summary>
internal interface IHandlerTransport
{
    /// <summary>Sends a message to a handler; nothing happens if the connection is gone.</summary>
    void Send(long connection, IBrokerMessage message);

    /// <summary>
    /// Sends the answer to a sealed question, sealed in the same session. After a Welcome everything on the connection
    /// is sealed in that session.
    /// </summary>
    /// <param name="seal">The hash of the handshake, as the question came with it.</param>
    void SendSealed(long connection, IBrokerMessage answer, string seal);

    /// <summary>Sends a nonce with the Broker's half of the handshake of a sealed session.</summary>
    void SendNonce(Effect.SendNonce nonce);

    /// <summary>Says Close, then removes the connection.</summary>
    void Close(long connection, string code, string reason);

    /// <summary>Judges the links of Bridges again after a key was made, changed or revoked.</summary>
    void KeyChanged(KeyRecord key);

    /// <summary>Ends what stands by a key that has expired.</summary>
    void KeyExpired(KeyRecord key);

    /// <summary>Sends the messages said so far, in as few frames as is good.</summary>
    void Flush();
}
