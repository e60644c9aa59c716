namespace ScheduleZero.Broker.Host.Transport;

internal static partial class TransportLog
{
    [LoggerMessage(1101, LogLevel.Information, "Bridge {Bridge} is linked with key {KeyId}")]
    public static partial void BridgeLinked(this ILogger logger, string bridge, string keyId);

    [LoggerMessage(
        1102,
        LogLevel.Warning,
        "Bridge {Bridge} is no longer linked: {Reason}. Its handlers keep their leases and may return by any bridge"
    )]
    public static partial void BridgeLost(this ILogger logger, string bridge, string reason);

    [LoggerMessage(
        1103,
        LogLevel.Warning,
        "Bridge {Bridge} was refused: {Reason}. Make it a key with: schedulezero keys create bridge NAME"
    )]
    public static partial void BridgeRefused(this ILogger logger, string bridge, string reason);

    [LoggerMessage(1104, LogLevel.Warning, "A peer sent something that makes no sense: {Problem} (strike {Strikes})")]
    public static partial void Strike(this ILogger logger, string problem, int strikes);

    [LoggerMessage(1105, LogLevel.Error, "A message could not be taken; the peer pays, the Broker goes on")]
    public static partial void MessageFailed(this ILogger logger, Exception failure);

    [LoggerMessage(1106, LogLevel.Warning, "{Messages} messages wait for a peer that does not read; it is given up")]
    public static partial void PeerStuck(this ILogger logger, int messages);

    [LoggerMessage(
        1107,
        LogLevel.Error,
        "Key {KeyId} of {Namespace}/{Handler} is locked: two copies of it were at work. Find out who has the "
            + "other, then enrol the handler again"
    )]
    public static partial void KeyLocked(this ILogger logger, string keyId, string @namespace, string? handler);

    [LoggerMessage(
        1162,
        LogLevel.Warning,
        "Bridge {Bridge} is linked with key {KeyId}, and {Others} more links have that name. "
            + "Unless it has just restarted, give each Bridge a name of its own, or find out who else has the key"
    )]
    public static partial void BridgeLinkedAgain(this ILogger logger, string bridge, string keyId, int others);

    [LoggerMessage(
        1163,
        LogLevel.Warning,
        "The link of Bridge {Bridge}, with key {KeyId}, carries {ConnectionsMax} connections and gets no more. "
            + "No Bridge takes so many: find out who has the key"
    )]
    public static partial void BridgeFull(this ILogger logger, string bridge, string keyId, int connectionsMax);

    [LoggerMessage(
        1164,
        LogLevel.Warning,
        "A message of a sealed session was refused, and its connection ended: {Problem} Key {KeyId}, Bridge {Bridge}. "
            + "Jobs are not touched. When it comes again, look at what lies between Broker and handler: that Bridge "
            + "first"
    )]
    public static partial void SealedRefused(this ILogger logger, string problem, string keyId, string bridge);

    [LoggerMessage(
        1161,
        LogLevel.Error,
        "The ROUTER's thread did not end within {Seconds} s; its sockets are left open until the process ends"
    )]
    public static partial void RouterStuck(this ILogger logger, double seconds);
}
