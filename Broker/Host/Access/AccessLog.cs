namespace ScheduleZero.Broker.Host.Access;

internal static partial class AccessLog
{
    [LoggerMessage(4101, LogLevel.Warning, "Key {KeyId} was shown from {Address}, which is none of the addresses that it is bound to; answered as a wrong key")]
    public static partial void KeyOutOfPlace(this ILogger logger, string keyId, string? address);
}
