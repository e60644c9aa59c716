using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent.Connection.ZeroMq;

/// <summary>Dials a Broker's ROUTER, or a ZeroMQ proxy before it.</summary>
internal sealed class ZeroMqCarrier(KeySource key, ILogger logger) : ICarrier
{
    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        var apiKey = await key.ReadAsync(cancellationToken);
        // ZeroMQ connects in the background: only the answer to Hello shows whether somebody is there.
        return new ZeroMqConnection($"tcp://{address.Authority}", apiKey, inbox, logger);
    }
}
