using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Edges;

/// <summary>
/// The rules of who may connect at all, and whose word is believed about where a request comes from. The meter
/// <c>ScheduleZero.Edges</c> counts what is refused; the log tells of it at most every ten seconds.
/// </summary>
internal sealed class AddressPolicy
{
    public const string MeterName = "ScheduleZero.Edges";
    public const string RefusedName = "schedulezero.edges.refused";

    /// <summary>How many proxies in a row are believed. Nobody has so many; a header may name more.</summary>
    public const int ProxiesMax = 8;

    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(10);

    private readonly AddressRanges _allowed;
    private readonly Counter<long> _refused;
    private readonly ILogger<AddressPolicy> _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private long _loggedAt;
    private long _unlogged;

    public AddressPolicy(
        IReadOnlyList<string> allowFrom,
        IReadOnlyList<string> trustedProxies,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<AddressPolicy> log
    )
    {
        _allowed = new AddressRanges(allowFrom);
        TrustedProxies = new AddressRanges(trustedProxies);
        _refused = meters
            .Create(MeterName)
            .CreateCounter<long>(
                RefusedName,
                "{connection}",
                "Connections and requests from addresses that are not allowed."
            );
        _time = time;
        _log = log;
    }

    public AddressRanges TrustedProxies { get; }

    /// <summary>Whether no address is refused.</summary>
    public bool IsOpen => _allowed.IsEmpty;

    /// <summary>
    /// The outermost step of a connection: cuts a connection from an address that is not allowed before a byte is read.
    /// A trusted proxy passes, since it speaks for others, whose addresses are checked by request.
    /// </summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) =>
        connection =>
        {
            var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
            if (Holds(address) || TrustedProxies.Holds(address))
            {
                return next(connection);
            }

            Count(address, "connection");
            connection.Abort(new ConnectionAbortedException("Its address is not allowed."));
            return Task.CompletedTask;
        };

    /// <summary>Whether requests from the address are served.</summary>
    public bool Admits(IPAddress? address)
    {
        if (Holds(address))
        {
            return true;
        }

        Count(address, "request");
        return false;
    }

    private bool Holds(IPAddress? address) => IsOpen || _allowed.Holds(address);

    private void Count(IPAddress? address, string what)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("what", what));
        long count;
        lock (_gate)
        {
            _unlogged++;
            if (_loggedAt != 0 && _time.GetElapsedTime(_loggedAt) < LogEvery)
            {
                return;
            }

            _loggedAt = Math.Max(1, _time.GetTimestamp());
            (count, _unlogged) = (_unlogged, 0);
        }

        _log.AddressRefused(address, count);
    }
}
