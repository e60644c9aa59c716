namespace ScheduleZero.Zmtp.Connections;

/// <summary>The bounds of a listener over all its connections.</summary>
internal sealed record ListenerLimits
{
    /// <summary>Connections at once.</summary>
    public int ConnectionsMax { get; init; } = 20_000;

    /// <summary>Connections of one address at once. Of IPv6 a /64 is one address.</summary>
    public int ConnectionsPerAddressMax { get; init; } = 1_000;

    /// <summary>Connections at once whose handshake has not ended.</summary>
    public int HandshakesMax { get; init; } = 1_000;

    /// <summary>Connections of one address at once whose handshake has not ended.</summary>
    public int HandshakesPerAddressMax { get; init; } = 100;

    /// <summary>
    /// File descriptors that the listener leaves to the rest of the process: a connection that would take one of them
    /// is closed.
    /// </summary>
    public int DescriptorsInReserve { get; init; } = FileDescriptors.Reserve;

    /// <summary>Bytes that large messages of all connections may take while they come in.</summary>
    public long IncomingBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>The wait after the system gave no connection.</summary>
    public TimeSpan AcceptRetry { get; init; } = TimeSpan.FromMilliseconds(100);
}
