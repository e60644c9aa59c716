using System.Net;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>
/// Writes what happens at the door to the log. Anybody who reaches the door can cause a line, so lines are bounded.
/// Safe from any thread.
/// </summary>
internal sealed class DoorLog(TimeProvider time, LinkBoard links, ILogger logger) : IZmtpObserver, IDisposable
{
    private readonly StrangerLines _lines = new(time, logger);

    public void Refused(IPEndPoint? remote, ZmtpException reason)
    {
        if (remote is not null)
        {
            links.PeerRefused(remote, reason);
        }

        if (_lines.MayWrite("connections that were refused", remote?.Address))
        {
            logger.ConnectionRefused(remote, reason.Message);
        }
    }

    public void Ended(IPEndPoint remote, ZmtpException reason)
    {
        // The usual ends are no news; the session of a handler or the link of a Bridge tells of them.
        if (
            reason.Failure is ZmtpFailure.ProtocolError or ZmtpFailure.TooLarge
            && _lines.MayWrite("connections that broke the protocol", remote.Address)
        )
        {
            logger.ConnectionBroken(remote, reason.Message);
        }

        if (
            reason.Failure is ZmtpFailure.Displaced
            && _lines.MayWrite("connections that made room for others", remote.Address)
        )
        {
            logger.ConnectionDisplaced(remote, reason.Message);
        }
    }

    public void Failed(IPEndPoint remote, Exception reason) => logger.ConnectionFailed(reason, remote);

    public void AcceptFailed(Exception reason)
    {
        if (_lines.MayWrite("connections that the system did not give", null))
        {
            logger.AcceptFailed(reason.Message);
        }
    }

    /// <summary>Tells of a peer that has not read for long, so that its connection is ended.</summary>
    public void PeerStuck(IPEndPoint remote)
    {
        if (_lines.MayWrite("peers that do not read", remote.Address))
        {
            logger.PeerDoesNotRead(remote);
        }
    }

    /// <summary>Tells of a connection that is ended because nobody proved by it who it is.</summary>
    public void NobodyProved(IPEndPoint remote, TimeSpan limit)
    {
        if (_lines.MayWrite("connections without a Hello", remote.Address))
        {
            logger.NobodyProved(remote, limit.TotalSeconds);
        }
    }

    /// <summary>Tells of a connection that is ended because its key was taken away.</summary>
    public void KeyTakenAway(ZmtpConnection connection) =>
        logger.KeyTakenAway(connection.Remote, connection.PeerKey!.Text);

    /// <summary>Asks for a line about a message that failed on its way through the door.</summary>
    public bool MayTellOfFailure() => _lines.MayWrite("messages that the door could not pass", null);

    /// <summary>Logs how many lines were left out.</summary>
    public void Dispose() => _lines.Dispose();
}

/// <summary>Tells what happens to the connection to one address that is dialled: each reason once.</summary>
internal sealed class DialLog(ZmtpEndpoint endpoint, LinkBoard.Dialled link, DoorLog log, ILogger logger)
    : IZmtpObserver
{
    private string? _toldReason;

    /// <summary>Forgets what was told: the next failure is news again.</summary>
    public void Connected() => Volatile.Write(ref _toldReason, null);

    public void WillDial(TimeSpan wait) => link.WillDial(wait);

    public void Refused(IPEndPoint? remote, ZmtpException reason)
    {
        link.Failed(reason);
        if (Interlocked.Exchange(ref _toldReason, reason.Message) != reason.Message)
        {
            logger.DialFailed(endpoint, reason.Message);
        }
    }

    public void Ended(IPEndPoint remote, ZmtpException reason) => log.Ended(remote, reason);

    public void Failed(IPEndPoint remote, Exception reason) => log.Failed(remote, reason);

    public void AcceptFailed(Exception reason) => log.AcceptFailed(reason);
}

internal static partial class DoorEvents
{
    [LoggerMessage(1171, LogLevel.Warning, "A ZeroMQ connection from {Remote} was refused: {Reason}")]
    public static partial void ConnectionRefused(this ILogger logger, IPEndPoint? remote, string reason);

    [LoggerMessage(1172, LogLevel.Warning, "The ZeroMQ connection from {Remote} was ended: {Reason}")]
    public static partial void ConnectionBroken(this ILogger logger, IPEndPoint remote, string reason);

    [LoggerMessage(1186, LogLevel.Warning, "The ZeroMQ connection from {Remote} was ended: {Reason}")]
    public static partial void ConnectionDisplaced(this ILogger logger, IPEndPoint remote, string reason);

    [LoggerMessage(1173, LogLevel.Error, "A ZeroMQ connection from {Remote} failed by a fault of the Broker")]
    public static partial void ConnectionFailed(this ILogger logger, Exception failure, IPEndPoint remote);

    [LoggerMessage(
        1174,
        LogLevel.Error,
        "The system gave no connection: {Reason}. When it is out of file descriptors, raise the limit (ulimit -n)"
    )]
    public static partial void AcceptFailed(this ILogger logger, string reason);

    [LoggerMessage(1175, LogLevel.Warning, "{Remote} does not read what it is sent; its connection is ended")]
    public static partial void PeerDoesNotRead(this ILogger logger, IPEndPoint remote);

    [LoggerMessage(
        1179,
        LogLevel.Information,
        "The ZeroMQ connection from {Remote} is ended: for {Seconds} s nobody was welcomed on it"
    )]
    public static partial void NobodyProved(this ILogger logger, IPEndPoint remote, double seconds);

    [LoggerMessage(1176, LogLevel.Warning, "There is no connection to {Endpoint}: {Reason} The Broker goes on trying")]
    public static partial void DialFailed(this ILogger logger, ZmtpEndpoint endpoint, string reason);

    [LoggerMessage(
        1185,
        LogLevel.Information,
        "The CURVE key {Key} is not allowed any more; the connection from {Remote} is ended"
    )]
    public static partial void KeyTakenAway(this ILogger logger, IPEndPoint remote, string key);

    [LoggerMessage(1177, LogLevel.Error, "A message could not pass the front door; the others go on")]
    public static partial void DoorFailed(this ILogger logger, Exception failure);

    [LoggerMessage(1178, LogLevel.Error, "The list of allowed CURVE keys: {Problem}")]
    public static partial void AllowListFailed(this ILogger logger, string problem);
}
