using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Hub;

/// <summary>What came of a Hello, or of another question: the Broker's answer as it is, or a refusal.</summary>
internal readonly record struct HelloAnswer(RawJson Body, Refused? Refused)
{
    public static HelloAnswer Read(MessageKind kind, ReadOnlyMemory<byte> body)
    {
        if (kind != MessageKind.Refused)
        {
            return new HelloAnswer(new RawJson(body), null);
        }

        return ProtocolJson.TryRead<Refused>(body.Span, out var refused, out _)
            ? new HelloAnswer(default, refused)
            : new HelloAnswer(default, new Refused(ErrorCodes.Unavailable, "The Broker refused, and its reason cannot be read."));
    }
}
