namespace ScheduleZero.HandlerAgent;

/// <summary>How messages between an agent and a Bridge are encoded.</summary>
public enum HubProtocol
{
    /// <summary>Binary, and the smaller of the two.</summary>
    MessagePack,

    /// <summary>Text, for proxies that look into what they carry.</summary>
    Json,
}
