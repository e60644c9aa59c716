using Microsoft.Extensions.Logging;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.HandlerAgent.Connection.ZeroMq;

/// <summary>
/// Dials a Broker's ROUTER, or a ZeroMQ proxy before it. With keys of servers, a peer that does not prove one of them
/// hears nothing of the agent.
/// </summary>
internal sealed class ZeroMqCarrier(
    HandlerAgentOptions options,
    KeySource key,
    CurveKeys curve,
    TimeProvider time,
    Func<double> chance,
    ILogger logger
) : ICarrier
{
    private static readonly DialTimings Timings = new();

    // A peer that does not shake hands is told of within 10 s, the connection included.
    private static readonly ZmtpLimits Limits = new()
    {
        HandshakeMax = TimeSpan.FromSeconds(8),
        MessageBytesMax = 64 * 1024 * 1024,
    };

    private readonly ZmtpOptions _zmtp = new("DEALER", ["ROUTER"], Limits, time);

    /// <summary>Bytes of a large message on its way in: its frames, and the buffer that grows by doubling.</summary>
    private readonly ByteBudget _budget = new(3L * Limits.MessageBytesMax);

    /// <summary>Why the only address could not be connected to, as it was logged; null after a connection.</summary>
    private string? _toldReason;

    // With other addresses, the next one has its turn at once.
    private bool IsOnlyAddress => options.Bridges.Count == 1;

    /// <inheritdoc/>
    /// <remarks>The only address of an agent is dialled until the caller gives up.</remarks>
    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        var apiKey = await key.ReadAsync(cancellationToken);
        if (!ZmtpEndpoint.TryParse($"tcp://{address.Authority}", out var endpoint) || endpoint.Port == 0)
        {
            throw new CarrierException($"{address} is not of the form tcp://host:port.");
        }

        for (var failures = 1; ; failures++)
        {
            try
            {
                var connection = await DialAsync(endpoint, cancellationToken);
                _toldReason = null;
                return new ZeroMqConnection(connection, apiKey, inbox, time);
            }
            catch (CarrierException e) when (IsOnlyAddress)
            {
                Tell(address, e.Message);
            }

            await Task.Delay(Timings.WaitAfter(failures, chance()), time, cancellationToken);
        }
    }

    /// <summary>Tries the keys that the server may have, one after the other.</summary>
    /// <exception cref="CarrierException">There is no connection; the message says why, and what to do.</exception>
    private async Task<ZmtpConnection> DialAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        foreach (var security in curve.Read())
        {
            try
            {
                return await ZmtpDial.OnceAsync(
                    endpoint,
                    security,
                    _zmtp,
                    Timings.ConnectMax,
                    _budget,
                    cancellationToken
                );
            }
            catch (ZmtpException e)
            {
                reasons.Add($"{e.Message} {DialAdvice.For(e.Failure, security, curve.HasFile)}".TrimEnd());
                if (e.Failure is not ZmtpFailure.WrongServerKey)
                {
                    // Another key would change nothing, and what was said of the keys before does not count.
                    throw new CarrierException(reasons[^1]);
                }
            }
        }

        throw new CarrierException(string.Join(' ', reasons));
    }

    private void Tell(Uri address, string reason)
    {
        if (_toldReason != reason)
        {
            _toldReason = reason;
            logger.NotConnected(address, reason);
        }
    }
}
