using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>A message for a handler as it goes out: its kind, and its body as JSON in UTF-8.</summary>
internal readonly record struct WrittenMessage(MessageKind Kind, ReadOnlyMemory<byte> Body)
{
    public static WrittenMessage Of(IMessage message) => new(message.Kind, ProtocolJson.Write(message));
}
