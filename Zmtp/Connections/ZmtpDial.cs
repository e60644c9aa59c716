using System.Net.Sockets;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>Makes one connection to an address, for a dialler or for a caller with an order of its own.</summary>
internal static class ZmtpDial
{
    /// <summary>Connects, and runs the handshake.</summary>
    /// <param name="connectMax">The time for the connection itself, names included; the handshake has its own.</param>
    /// <param name="budget">The bytes that large messages may take while they come in.</param>
    /// <exception cref="ZmtpException">There is no connection, and why.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async Task<ZmtpConnection> OnceAsync(
        ZmtpEndpoint endpoint,
        ZmtpSecurity security,
        ZmtpOptions options,
        TimeSpan connectMax,
        ByteBudget budget,
        CancellationToken cancellationToken
    )
    {
        var socket = await ConnectAsync(endpoint, connectMax, options.Time, cancellationToken);
        return await ZmtpHandshake.RunAsync(socket, security, options, budget, cancellationToken);
    }

    private static async Task<Socket> ConnectAsync(
        ZmtpEndpoint endpoint,
        TimeSpan connectMax,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(connectMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await new AddressRace(time).ConnectAsync(endpoint.Host, endpoint.Port, either.Token);
        }
        catch (SocketException e)
        {
            throw Unreachable(endpoint, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ZmtpException(
                ZmtpFailure.Unreachable,
                $"{endpoint} did not answer within {connectMax.TotalSeconds:0} s.",
                e
            );
        }
    }

    private static ZmtpException Unreachable(ZmtpEndpoint endpoint, SocketException e) =>
        e.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => new ZmtpException(
                ZmtpFailure.ConnectionRefused,
                $"Nobody listens at {endpoint}.",
                e
            ),
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new ZmtpException(
                ZmtpFailure.UnknownHost,
                $"The name {endpoint.Host} cannot be resolved.",
                e
            ),
            _ => new ZmtpException(ZmtpFailure.Unreachable, $"{endpoint} cannot be reached: {e.Message}", e),
        };
}
