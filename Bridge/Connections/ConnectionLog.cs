namespace ScheduleZero.Bridge.Connections;

internal static partial class ConnectionLog
{
    [LoggerMessage(
        3101,
        LogLevel.Information,
        "Handler connection c{Connection} opened from {RemoteAddress} with key {KeyId}"
    )]
    public static partial void ConnectionOpened(
        this ILogger logger,
        ulong connection,
        string? remoteAddress,
        string keyId
    );

    [LoggerMessage(3102, LogLevel.Information, "Handler connection c{Connection} ended: {Reason}")]
    public static partial void ConnectionEnded(this ILogger logger, ulong connection, string reason);

    [LoggerMessage(
        3103,
        LogLevel.Warning,
        "Handler connection c{Connection} with key {KeyId} is closed: {Code}: {Reason}"
    )]
    public static partial void ConnectionClosed(
        this ILogger logger,
        ulong connection,
        string keyId,
        string code,
        string reason
    );

    [LoggerMessage(3104, LogLevel.Warning, "Handler connection c{Connection} with key {KeyId} is cut: {Reason}")]
    public static partial void ConnectionCut(this ILogger logger, ulong connection, string keyId, string reason);

    [LoggerMessage(3105, LogLevel.Debug, "Handler connection c{Connection} sent nonsense, strike {Strike}: {What}")]
    public static partial void ConnectionStruck(this ILogger logger, ulong connection, int strike, string what);

    [LoggerMessage(3107, LogLevel.Debug, "Writing to handler connection c{Connection} failed")]
    public static partial void WriteFailed(this ILogger logger, Exception exception, ulong connection);
}
