using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

internal static partial class ConnectionLog
{
    [LoggerMessage(
        5101,
        LogLevel.Information,
        "Welcomed by {Address}: session {SessionId} in namespace {Namespace}; {Resumed} attempts go on, "
            + "{Abandoned} were given up"
    )]
    public static partial void Welcomed(
        this ILogger logger,
        Uri address,
        string sessionId,
        string @namespace,
        int resumed,
        int abandoned
    );

    [LoggerMessage(5102, LogLevel.Warning, "No session with {Address}: {Reason}; trying again")]
    public static partial void Disconnected(this ILogger logger, Uri address, string reason);

    [LoggerMessage(
        5103,
        LogLevel.Critical,
        "{Address} does not want this handler back ({Code}): {Detail}. Not trying again"
    )]
    public static partial void GaveUp(this ILogger logger, Uri address, string code, string detail);

    [LoggerMessage(5104, LogLevel.Information, "Asked to move: {Reason}; reconnecting in {Seconds} s, attempts go on")]
    public static partial void Moving(this ILogger logger, string reason, double seconds);

    [LoggerMessage(5105, LogLevel.Warning, "The Bridge has no Broker: {Reason}; attempts go on, reports are held")]
    public static partial void Holding(this ILogger logger, string reason);

    [LoggerMessage(5106, LogLevel.Information, "Saying Hello again: {Reason}")]
    public static partial void Greeted(this ILogger logger, string reason);

    [LoggerMessage(5107, LogLevel.Warning, "The handler's key does not allow method {Method}; it gets no jobs of it")]
    public static partial void MethodNotAllowed(this ILogger logger, string method);

    [LoggerMessage(
        5170,
        LogLevel.Warning,
        "The handler's key does not allow group {Group}; it gets no jobs that ask for it"
    )]
    public static partial void GroupNotAllowed(this ILogger logger, string group);

    [LoggerMessage(
        5108,
        LogLevel.Error,
        "Withholding heartbeats: the agent's loop has had no turn for {Seconds} s. Handler code blocks the thread pool"
    )]
    public static partial void HeartbeatsWithheld(this ILogger logger, double seconds);

    [LoggerMessage(5109, LogLevel.Information, "Heartbeats go on: the agent's loop has turns again")]
    public static partial void HeartbeatsResumed(this ILogger logger);

    [LoggerMessage(5110, LogLevel.Debug, "Ignored a message {Kind} that is not for handlers")]
    public static partial void UnknownMessage(this ILogger logger, MessageKind kind);

    [LoggerMessage(5111, LogLevel.Warning, "Bye was not said: {Reason}; open attempts end with their leases")]
    public static partial void ByeNotSaid(this ILogger logger, string reason);

    [LoggerMessage(
        5112,
        LogLevel.Warning,
        "{Address} is not encrypted and not on this machine: the API key and all jobs cross the network in the clear. "
            + "To mend that, {Remedy}"
    )]
    public static partial void Unencrypted(this ILogger logger, Uri address, string remedy);

    [LoggerMessage(5113, LogLevel.Information, "{Transport} to {Address} failed ({Reason}); trying another transport")]
    public static partial void FallingBack(
        this ILogger logger,
        HttpTransportType transport,
        Uri address,
        string reason
    );

    [LoggerMessage(
        5114,
        LogLevel.Error,
        "The session with {Address} ended by an error of the agent's own; trying again"
    )]
    public static partial void SessionBroke(this ILogger logger, Exception exception, Uri address);

    [LoggerMessage(5115, LogLevel.Warning, "There is no connection to {Address}: {Reason} The agent goes on trying")]
    public static partial void NotConnected(this ILogger logger, Uri address, string reason);

    [LoggerMessage(5130, LogLevel.Information, "The session is sealed: only the Broker and this agent can read it")]
    public static partial void Sealed(this ILogger logger);

    [LoggerMessage(
        5116,
        LogLevel.Information,
        "The way to {Address} survives {Seconds} s of silence; the agent pings every {KeepAliveSeconds} s"
    )]
    public static partial void WayMeasured(this ILogger logger, Uri address, double seconds, double keepAliveSeconds);

    [LoggerMessage(5117, LogLevel.Debug, "WebSockets to {Address} still fail: {Reason}")]
    public static partial void NoBetterWay(this ILogger logger, Uri address, string reason);

    [LoggerMessage(5118, LogLevel.Warning, "The way to {Address} is not watched any more: {Reason}")]
    public static partial void WayWatchFailed(this ILogger logger, Uri address, string reason);

    [LoggerMessage(
        5119,
        LogLevel.Warning,
        "{File} cannot be used: {Reason} What the agent learns about its connections is forgotten at its end"
    )]
    public static partial void StateFileFailed(this ILogger logger, string file, string reason);

    [LoggerMessage(
        5162,
        LogLevel.Error,
        "The thread that paces heartbeats did not end within {Seconds} s; it is left behind"
    )]
    public static partial void HeartbeatStuck(this ILogger logger, double seconds);

    [LoggerMessage(
        5301,
        LogLevel.Information,
        "Stopping: no new attempts; waiting up to {Seconds} s for those that run"
    )]
    public static partial void Stopping(this ILogger logger, double seconds);

    [LoggerMessage(5302, LogLevel.Warning, "Attempts still run after the drain time-out; cancelling them")]
    public static partial void DrainTimedOut(this ILogger logger);

    [LoggerMessage(
        5303,
        LogLevel.Error,
        "Stopped with {Count} outcomes unacknowledged; the Broker will run those jobs again if it did not get them"
    )]
    public static partial void Unacknowledged(this ILogger logger, int count);
}
