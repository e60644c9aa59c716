namespace ScheduleZero.Zmtp.Connections;

/// <summary>The bounds of each connection.</summary>
internal sealed record ZmtpLimits
{
    /// <summary>From the first byte to the end of the handshake; then the connection is cut.</summary>
    public TimeSpan HandshakeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most bytes of one message, its frames together.</summary>
    public int MessageBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>The most frames of one message.</summary>
    public int MessageFramesMax { get; init; } = 16;

    /// <summary>From the first byte of a message to its last; then the connection is cut.</summary>
    public TimeSpan MessageTimeMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Messages that wait to be sent to one peer; with more, the queue takes none.</summary>
    public int WaitingMessagesMax { get; init; } = 10_000;

    /// <summary>
    /// Bytes that wait to be sent to one peer. One message always has room, however large it is.
    /// </summary>
    public int WaitingBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>Silence after which this side asks whether the peer still lives.</summary>
    public TimeSpan PingEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence after which the connection is given up.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(10);
}
