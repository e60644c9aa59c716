namespace ScheduleZero.Zmtp.Connections;

/// <summary>What all connections of one listener or dialler have in common.</summary>
/// <param name="SocketType">What this side says that it is, such as <c>ROUTER</c>.</param>
/// <param name="PeerSocketTypes">What the peer may be.</param>
internal sealed record ZmtpOptions(
    string SocketType,
    IReadOnlyList<string> PeerSocketTypes,
    ZmtpLimits Limits,
    TimeProvider Time
);
