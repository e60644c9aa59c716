using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>A message for a handler as it goes out: its kind, and its body as JSON in UTF-8.</summary>
internal readonly record struct WrittenMessage(MessageKind Kind, ReadOnlyMemory<byte> Body)
{
    private static readonly string[] HubMethods =
    [
        .. Enum.GetValues<MessageKind>().Prepend(default).Select(kind => kind.ToString()),
    ];

    /// <summary>The name by which SignalR's client knows the message.</summary>
    public string HubMethod => HubMethods[(int)Kind];

    public static WrittenMessage Of(IMessage message) => new(message.Kind, ProtocolJson.Write(message));
}
