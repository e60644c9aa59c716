using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent;

internal static partial class MethodLog
{
    [LoggerMessage(
        5171,
        LogLevel.Warning,
        "The schema of the params of {Method} is not published: it has {Bytes} bytes, and the schemas that the agent "
            + "writes by itself may have {BytesMax} together"
    )]
    public static partial void SchemaTooLong(this ILogger logger, string method, int bytes, int bytesMax);
}
