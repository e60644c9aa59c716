using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Connection.SignalR;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Chooses the carrier of a connection by the address.</summary>
internal sealed class Carriers(HandlerAgentOptions options, TimeProvider time, ILogger logger) : ICarrier
{
    private readonly SignalRCarrier _signalR = new(options, new KeySource(options), time, logger);
    private readonly ZeroMqCarrier _zeroMq = new(new KeySource(options), logger);
    private readonly HashSet<Uri> _warnedOf = [];

    public Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback && _warnedOf.Add(address))
        {
            logger.Unencrypted(address);
        }

        return address.Scheme == "tcp"
            ? _zeroMq.ConnectAsync(address, inbox, cancellationToken)
            : _signalR.ConnectAsync(address, inbox, cancellationToken);
    }
}
