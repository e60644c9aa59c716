using System.Diagnostics.Metrics;
using System.Net;
using System.Threading.RateLimiting;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// The limits on how often an address may try: connections by their number, and Hellos by those that were refused,
/// since a fleet behind one address connects often but is seldom wrong. Both are counted in windows of a minute. The
/// meter <c>ScheduleZero.Bridge</c> counts what was refused.
/// </summary>
internal sealed class ConnectionLimits : IDisposable
{
    public const string MeterName = "ScheduleZero.Bridge";
    public const string RefusedConnectionsName = "schedulezero.bridge.connections.refused";
    public const string RefusedHellosName = "schedulezero.bridge.hellos.refused";
    public const string RefusedHellosReason = "refused_hellos";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<IPAddress> _connections;
    private readonly PartitionedRateLimiter<IPAddress> _refusedHellos;
    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _hellosRefused;

    public ConnectionLimits(BridgeSettings settings, IMeterFactory meters)
    {
        _connections = Each(settings.Limits.ConnectionsPerMinute);
        _refusedHellos = Each(settings.Limits.RefusedHellosPerMinute);
        var meter = meters.Create(MeterName);
        _connectionsRefused = meter.CreateCounter<long>(
            RefusedConnectionsName,
            "{connection}",
            "New connections refused before they opened, by reason."
        );
        _hellosRefused = meter.CreateCounter<long>(
            RefusedHellosName,
            "{hello}",
            "Hellos that the Broker refused, by code."
        );
    }

    /// <summary>
    /// Counts a new connection. Returns null when the connection may go on; otherwise how long the address has to stay
    /// away.
    /// </summary>
    public TimeSpan? Wait(IPAddress? address, out string reason)
    {
        var network = ClientNetwork.Of(address);
        if (KeptOut(network) is { } wait)
        {
            reason = RefusedHellosReason;
            return wait;
        }

        using var connection = _connections.AttemptAcquire(network);
        reason = "rate";
        return connection.IsAcquired ? null : RetryAfter(connection);
    }

    /// <summary>
    /// How long an address has to stay away because so many Hellos from it were refused; null when it need not.
    /// </summary>
    public TimeSpan? KeptOut(IPAddress network)
    {
        // The permit is only asked for, not used up: a connection alone is no refused Hello.
        using var hellos = _refusedHellos.AttemptAcquire(network, 0);
        return hellos.IsAcquired ? null : RetryAfter(hellos);
    }

    public void ConnectionRefused(string reason) =>
        _connectionsRefused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>
    /// Counts a Hello that the Broker refused. A refusal that is not the handler's fault does not count against its
    /// address.
    /// </summary>
    public void HelloRefused(IPAddress network, string code)
    {
        _hellosRefused.Add(1, new KeyValuePair<string, object?>("code", code));
        if (code is not (ErrorCodes.Unavailable or ErrorCodes.RateLimited or ErrorCodes.Superseded))
        {
            _refusedHellos.AttemptAcquire(network).Dispose();
        }
    }

    public void Dispose()
    {
        _connections.Dispose();
        _refusedHellos.Dispose();
    }

    private static PartitionedRateLimiter<IPAddress> Each(int permits) =>
        PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
            RateLimitPartition.GetFixedWindowLimiter(
                address,
                _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = permits,
                    Window = Window,
                    QueueLimit = 0,
                }
            )
        );

    private static TimeSpan RetryAfter(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Window;
}
