using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>The answer to a Hello or another question of a handler: the Broker's message, or a refusal.</summary>
/// <param name="IsOfBroker">Whether the answer is the Broker's; false when the Bridge itself refused, since no Broker
/// was in reach.</param>
/// <param name="IsSealedRefusal">Whether the body is a refusal that only the handler can read.</param>
internal readonly record struct HelloAnswer(
    RawJson Body,
    Refused? Refused,
    bool IsOfBroker,
    bool IsSealedRefusal = false
)
{
    /// <summary>Reads the Broker's message. Only a refusal is read; every other body is passed on as it is.</summary>
    public static HelloAnswer Read(MessageKind kind, ReadOnlyMemory<byte> body)
    {
        if (kind != Refused.MessageKind)
        {
            return new HelloAnswer(new RawJson(body), null, IsOfBroker: true);
        }

        // A sealed body is a JSON text, and any other body an object.
        if (body.Span is [(byte)'"', ..])
        {
            return new HelloAnswer(new RawJson(body), null, IsOfBroker: true, IsSealedRefusal: true);
        }

        return ProtocolJson.TryRead<Refused>(body.Span, out var refused, out _)
            ? new HelloAnswer(default, refused, IsOfBroker: true)
            : new HelloAnswer(
                default,
                new Refused(ErrorCodes.Unavailable, "The Broker refused, and its reason cannot be read."),
                IsOfBroker: true
            );
    }
}
