namespace ScheduleZero.HandlerAgent;

/// <summary>How messages between an agent and a Bridge are encoded.</summary>
public enum HubProtocol
{
    /// <summary>The binary encoding, which is the smaller of the two.</summary>
    MessagePack,

    /// <summary>The text encoding, for proxies that look into what they carry.</summary>
    Json,
}
