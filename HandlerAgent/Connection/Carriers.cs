using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Connection.SignalR;
using ScheduleZero.HandlerAgent.Connection.Ways;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Chooses the carrier of a connection by the address.</summary>
internal sealed class Carriers : ICarrier
{
    private readonly CurveKeys _curve;
    private readonly SignalRCarrier _signalR;
    private readonly ZeroMqCarrier _zeroMq;
    private readonly ILogger _logger;
    private readonly HashSet<Uri> _warnedOf = [];

    /// <param name="chance">Draws from [0, 1), by which reconnects are spread over time.</param>
    public Carriers(HandlerAgentOptions options, TimeProvider time, Func<double> chance, ILogger logger)
    {
        var key = new KeySource(options);
        _curve = new CurveKeys(options);
        _signalR = new SignalRCarrier(
            options,
            key,
            new ProxyChoice(options),
            new WayMemory(options.StateFile, logger),
            time,
            chance,
            logger
        );
        _zeroMq = new ZeroMqCarrier(options, key, _curve, time, chance, logger);
        _logger = logger;
    }

    public Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        var isZeroMq = address.Scheme == "tcp";
        var isEncrypted = isZeroMq ? _curve.IsOn : address.Scheme == Uri.UriSchemeHttps;
        if (!isEncrypted && !address.IsLoopback && _warnedOf.Add(address))
        {
            _logger.Unencrypted(
                address,
                isZeroMq ? "name the server's CURVE key in CurveServerKeys" : "use an https:// address"
            );
        }

        return isZeroMq
            ? _zeroMq.ConnectAsync(address, inbox, cancellationToken)
            : _signalR.ConnectAsync(address, inbox, cancellationToken);
    }
}
