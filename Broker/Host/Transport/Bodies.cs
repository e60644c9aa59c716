using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Bodies of what the Broker says.</summary>
internal static class Bodies
{
    public static byte[] Write(MessageKind kind, object message) =>
        kind switch
        {
            MessageKind.Welcome => ProtocolJson.Write((Welcome)message),
            MessageKind.Refused => ProtocolJson.Write((Refused)message),
            MessageKind.Assign => ProtocolJson.Write((Assign)message),
            MessageKind.Cancel => ProtocolJson.Write((Cancel)message),
            MessageKind.Ack => ProtocolJson.Write((Ack)message),
            MessageKind.Probe => ProtocolJson.Write((Probe)message),
            MessageKind.Drain => ProtocolJson.Write((Drain)message),
            MessageKind.Close => ProtocolJson.Write((Close)message),
            MessageKind.Nonce => ProtocolJson.Write((Nonce)message),
            MessageKind.Enrolled => ProtocolJson.Write((Enrolled)message),
            MessageKind.Rotated => ProtocolJson.Write((Rotated)message),
            MessageKind.Keep => ProtocolJson.Write((Keep)message),
            MessageKind.Taken => ProtocolJson.Write((Taken)message),
            MessageKind.Greet => ProtocolJson.Write((Greet)message),
            _ => throw new InvalidOperationException($"The Broker does not say {kind} to a handler."),
        };
}
