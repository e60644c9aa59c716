using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Edges;

/// <summary>
/// The bounds on how many connections one address has at a listener, and on how long a connection may say nothing. A
/// trusted proxy speaks for many addresses, so it has no bound of its own. The meter <c>ScheduleZero.Edges</c> counts
/// the connections that are cut, by reason.
/// </summary>
internal sealed class ConnectionPlaces
{
    public const string CutName = "schedulezero.edges.cut";

    private readonly AddressPolicy _policy;
    private readonly int _perAddress;
    private readonly TimeSpan _firstByteMax;
    private readonly Counter<long> _cut;
    private readonly StrangerLines _lines;
    private readonly TimeProvider _time;
    private readonly ILogger<ConnectionPlaces> _log;
    private readonly FileDescriptors _descriptors;
    private readonly Lock _gate = new();

    /// <summary>The number of open connections of each address. Guarded by the gate.</summary>
    private readonly Dictionary<IPAddress, int> _openConnections = [];

    /// <summary>Makes the bounds of one listener.</summary>
    /// <param name="perAddress">How many open connections one address (an IPv6 /64) may have at once.</param>
    /// <param name="firstByteMax">The longest time from the opening of a connection to its first byte.</param>
    public ConnectionPlaces(
        int perAddress,
        TimeSpan firstByteMax,
        AddressPolicy policy,
        FileDescriptors descriptors,
        StrangerLines lines,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<ConnectionPlaces> log
    )
    {
        _policy = policy;
        _perAddress = perAddress;
        _firstByteMax = firstByteMax;
        _cut = meters
            .Create(AddressPolicy.MeterName)
            .CreateCounter<long>(
                CutName,
                "{connection}",
                "Connections cut because their address holds too many (places), because the process is short of "
                    + "file descriptors (descriptors), or since they said nothing (silent)."
            );
        _descriptors = descriptors;
        _lines = lines;
        _time = time;
        _log = log;
    }

    /// <summary>Cuts a connection that was just accepted, if it took a file descriptor of the reserve.</summary>
    /// <returns>Whether the connection was cut.</returns>
    public bool CutsForDescriptors(ConnectionContext connection)
    {
        if (
            connection.Features.Get<IConnectionSocketFeature>() is not { } feature
            || !_descriptors.IsOfReserve(feature.Socket.Handle)
        )
        {
            return false;
        }

        var address = AddressOf(connection);
        if (_lines.MayWrite("connections without file descriptors to spare", address))
        {
            _log.DescriptorsScarce(address);
        }

        Cut(connection, "descriptors");
        return true;
    }

    /// <summary>A step of a connection that counts it, before anything of it is parsed.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) =>
        async connection =>
        {
            var address = AddressOf(connection);
            if (_policy.TrustedProxies.Holds(address))
            {
                await ServeAsync(connection, next);
                return;
            }

            var network = ClientNetwork.Of(address);
            if (!TryOccupy(network))
            {
                if (_lines.MayWrite("connections of addresses that hold too many", address))
                {
                    _log.TooManyConnections(address, _perAddress);
                }

                Cut(connection, "places");
                return;
            }

            try
            {
                await ServeAsync(connection, next);
            }
            finally
            {
                Release(network);
            }
        };

    private static IPAddress? AddressOf(ConnectionContext connection) =>
        (connection.RemoteEndPoint as IPEndPoint)?.Address;

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await SpeaksAsync(connection))
        {
            await next(connection);
        }
    }

    /// <summary>Waits for the first byte, and leaves the byte unread.</summary>
    private async ValueTask<bool> SpeaksAsync(ConnectionContext connection)
    {
        using var deadline = new CancellationTokenSource(_firstByteMax, _time);
        try
        {
            var read = await connection.Transport.Input.ReadAsync(deadline.Token);
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return !read.Buffer.IsEmpty;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Cut(connection, "silent");
            return false;
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
            return false; // The peer closed the connection before it said anything.
        }
    }

    private void Cut(ConnectionContext connection, string reason)
    {
        _cut.Add(1, new KeyValuePair<string, object?>("reason", reason));
        connection.Abort(new ConnectionAbortedException($"Cut: {reason}."));
    }

    private bool TryOccupy(IPAddress network)
    {
        lock (_gate)
        {
            var taken = _openConnections.GetValueOrDefault(network);
            if (taken >= _perAddress)
            {
                return false;
            }

            _openConnections[network] = taken + 1;
            return true;
        }
    }

    private void Release(IPAddress network)
    {
        lock (_gate)
        {
            var left = _openConnections[network] - 1;
            if (left == 0)
            {
                _openConnections.Remove(network);
            }
            else
            {
                _openConnections[network] = left;
            }
        }
    }
}
