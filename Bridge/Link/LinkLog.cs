using System.Net;

namespace ScheduleZero.Bridge.Link;

internal static partial class LinkLog
{
    [LoggerMessage(3201, LogLevel.Information, "Link {Endpoint} is welcomed by the Broker, epoch {Epoch}")]
    public static partial void LinkWelcomed(this ILogger logger, BrokerEndpoint endpoint, string epoch);

    [LoggerMessage(
        3202,
        LogLevel.Warning,
        "Link {Endpoint} is lost: {Reason}. Handlers hold their reports until it is back"
    )]
    public static partial void LinkLost(this ILogger logger, BrokerEndpoint endpoint, string reason);

    [LoggerMessage(
        3203,
        LogLevel.Error,
        "Link {Endpoint}: the Broker refuses this bridge: {Code}: {Detail}. Check that its key {KeyId} exists "
            + "there, is a bridge key and is not revoked"
    )]
    public static partial void LinkRefused(
        this ILogger logger,
        BrokerEndpoint endpoint,
        string code,
        string detail,
        string keyId
    );

    [LoggerMessage(
        3204,
        LogLevel.Error,
        "Link {Endpoint}: the peer did not prove that it knows bridge key {KeyId}, so no handler is shown to "
            + "it. Check that the endpoint is the right Broker"
    )]
    public static partial void FalseBroker(this ILogger logger, BrokerEndpoint endpoint, string keyId);

    [LoggerMessage(
        3205,
        LogLevel.Warning,
        "Link {Endpoint}: no Broker answers for {Seconds} s; still trying. {Reason}"
    )]
    public static partial void LinkUnanswered(
        this ILogger logger,
        BrokerEndpoint endpoint,
        long seconds,
        string reason
    );

    [LoggerMessage(3206, LogLevel.Warning, "Link {Endpoint}: a message that makes no sense was dropped: {What}")]
    public static partial void MalformedFromBroker(this ILogger logger, BrokerEndpoint endpoint, string what);

    [LoggerMessage(3207, LogLevel.Error, "Link {Endpoint} failed and is opened anew")]
    public static partial void LinkFailed(this ILogger logger, Exception exception, BrokerEndpoint endpoint);

    [LoggerMessage(3208, LogLevel.Debug, "Link {Endpoint}: {Kind} for c{Connection}, which is gone")]
    public static partial void ConnectionUnknown(
        this ILogger logger,
        BrokerEndpoint endpoint,
        ScheduleZero.Contracts.Handlers.MessageKind kind,
        ulong connection
    );

    [LoggerMessage(
        3261,
        LogLevel.Error,
        "Link {Endpoint} did not end within {Seconds} s; its connection is left open until the process ends"
    )]
    public static partial void LinkStuck(this ILogger logger, BrokerEndpoint endpoint, double seconds);

    [LoggerMessage(3262, LogLevel.Warning, "Link {Endpoint}: a connection from {Remote} was refused: {Reason}")]
    public static partial void ConnectionRefused(
        this ILogger logger,
        BrokerEndpoint endpoint,
        IPEndPoint? remote,
        string reason
    );

    [LoggerMessage(3266, LogLevel.Warning, "Link {Endpoint}: the connection from {Remote} was ended: {Reason}")]
    public static partial void ConnectionDisplaced(
        this ILogger logger,
        BrokerEndpoint endpoint,
        IPEndPoint remote,
        string reason
    );

    [LoggerMessage(
        3263,
        LogLevel.Error,
        "Link {Endpoint}: the system gave no connection: {Reason}. When it is out of file descriptors, raise the "
            + "limit (ulimit -n)"
    )]
    public static partial void AcceptFailed(this ILogger logger, BrokerEndpoint endpoint, string reason);

    [LoggerMessage(3264, LogLevel.Error, "Link {Endpoint}: the list of allowed CURVE keys: {Problem}")]
    public static partial void AllowListFailed(this ILogger logger, BrokerEndpoint endpoint, string problem);

    [LoggerMessage(
        3267,
        LogLevel.Information,
        "Link {Endpoint}: the CURVE key {Key} is not allowed any more; the connection from {Remote} is ended"
    )]
    public static partial void KeyTakenAway(
        this ILogger logger,
        BrokerEndpoint endpoint,
        string key,
        IPEndPoint remote
    );

    [LoggerMessage(
        3265,
        LogLevel.Error,
        "Link {Endpoint}: the Broker is too old to check the names of certificates, so no handler is shown to it. "
            + "Update the Broker, or start this Bridge without --match-client-names"
    )]
    public static partial void BrokerDoesNotCheckNames(this ILogger logger, BrokerEndpoint endpoint);

    [LoggerMessage(3209, LogLevel.Information, "Link {Endpoint} serves the handlers from now on")]
    public static partial void LinkServes(this ILogger logger, BrokerEndpoint endpoint);
}
