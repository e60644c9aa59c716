namespace ScheduleZero.Broker.Host.Access;

internal static partial class AccessLog
{
    [LoggerMessage(
        4101,
        LogLevel.Warning,
        "Key {KeyId} was shown from {Address}, which is none of the addresses that it is bound to; answered as "
            + "a wrong key"
    )]
    public static partial void KeyOutOfPlace(this ILogger logger, string keyId, string? address);

    [LoggerMessage(4102, LogLevel.Warning, "Sign-in of {UserName} from {Address} was refused: {Reason}")]
    public static partial void SignInRefused(this ILogger logger, string userName, string? address, string reason);

    [LoggerMessage(
        4103,
        LogLevel.Warning,
        "A refresh token of {UserName}, session {SessionId}, was used twice, now from {Address}; the session "
            + "has been ended"
    )]
    public static partial void RefreshReused(this ILogger logger, string userName, string sessionId, string? address);
}
