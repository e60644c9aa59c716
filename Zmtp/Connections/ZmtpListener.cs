using System.Net;
using System.Net.Sockets;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// Listens for connections, and admits those whose handshake ends well. Whatever a peer does, and also when the system
/// gives no file descriptors, the listener goes on.
/// </summary>
/// <param name="isAdmitted">Whether an address may connect at all. Asked before a byte is read.</param>
/// <param name="serve">Serves a connection until it ends. It says when the peer has proved who it is, by the
/// connection's place. Its exceptions other than <see cref="ZmtpException"/> are bugs, and end the connection
/// only.</param>
internal sealed class ZmtpListener(
    ZmtpSecurity security,
    ZmtpOptions options,
    ListenerLimits limits,
    ByteBudget budget,
    Func<IPAddress, bool> isAdmitted,
    Func<ZmtpConnection, ConnectionPlace, CancellationToken, Task> serve,
    IZmtpObserver observer
) : IAsyncDisposable
{
    private const int Backlog = 1024;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConnectionPlaces _places = new(limits.ConnectionsMax, limits.ConnectionsPerAddressMax);
    private readonly ConnectionPlaces _handshakes = new(limits.HandshakesMax, limits.HandshakesPerAddressMax);
    private readonly RunningTasks _serving = new();
    private readonly FileDescriptors _descriptors = new(limits.DescriptorsInReserve);
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Begins to listen.</summary>
    /// <returns>The address, with the port that the system chose for port 0.</returns>
    /// <exception cref="SocketException">The address cannot be listened at.</exception>
    public IPEndPoint Start(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(address);
            socket.Listen(Backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _socket = socket;
        _accepting = Task.Run(() => AcceptAsync(socket));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Stops listening, ends all connections, and waits until those who serve them have returned.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket?.Dispose();
        await _accepting;
        await _serving.WhenAllAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket socket)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var accepted = await socket.AcceptAsync(_stopping.Token);
                // Judged in this loop, which would otherwise run ahead on a busy machine and take the whole reserve.
                if (_descriptors.IsOfReserve(accepted.Handle))
                {
                    Refuse(accepted, "The process is short of file descriptors.");
                    continue;
                }

                _serving.Add(AdmitAsync(accepted));
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                observer.AcceptFailed(e);
                await DelayAsync(limits.AcceptRetry);
            }
        }
    }

    private async Task DelayAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, options.Time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The listener stops; the loop sees it.
        }
    }

    private async Task AdmitAsync(Socket socket)
    {
        // Off the accepting loop, which waits for nobody.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (RemoteOf(socket) is not { } remote)
        {
            socket.Dispose(); // The peer went away before it was looked at.
            return;
        }

        var address = remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address;
        if (TryTakePlace(address, out var refusal) is not { } place)
        {
            Refuse(socket, refusal!);
            return;
        }

        using (place)
        {
            await ServeAsync(socket, remote, address, place);
        }
    }

    /// <summary>Ends a connection before its handshake.</summary>
    private void Refuse(Socket socket, string reason)
    {
        var remote = RemoteOf(socket);
        socket.Dispose();
        if (remote is not null)
        {
            observer.Refused(remote, new ZmtpException(ZmtpFailure.Ended, reason));
        }
    }

    /// <summary>The address of the peer; null when the peer has gone away.</summary>
    private static IPEndPoint? RemoteOf(Socket socket)
    {
        try
        {
            return (IPEndPoint)socket.RemoteEndPoint!;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Takes a place for the connection, unless there is a reason to refuse it.</summary>
    private ConnectionPlace? TryTakePlace(IPAddress address, out string? refusal)
    {
        if (!isAdmitted(address))
        {
            refusal = "Its address is not allowed.";
            return null;
        }

        var place = _places.TryTake(address, out var reason);
        refusal = $"Too many connections: {reason}.";
        return place;
    }

    private async Task ServeAsync(Socket socket, IPEndPoint remote, IPAddress address, ConnectionPlace place)
    {
        if (await ShakeAsync(socket, remote, address, place) is not { } connection)
        {
            return;
        }

        await using (connection)
        await using (
            place.Displaced.Register(() => connection.Displace(MadeRoom("connections", limits.ConnectionsMax)))
        )
        {
            try
            {
                await serve(connection, place, _stopping.Token);
            }
            catch (ZmtpException e)
            {
                observer.Ended(remote, e);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The listener stops.
            }
            catch (Exception e)
            {
                // The edge of a connection: a bug in serving one leaves the others alone.
                observer.Failed(remote, e);
            }
        }
    }

    private async Task<ZmtpConnection?> ShakeAsync(
        Socket socket,
        IPEndPoint remote,
        IPAddress address,
        ConnectionPlace place
    )
    {
        if (_handshakes.TryTake(address, out var reason) is not { } handshake)
        {
            Refuse(socket, $"Too many handshakes: {reason}.");
            return null;
        }

        using (handshake)
        using (
            var either = CancellationTokenSource.CreateLinkedTokenSource(
                _stopping.Token,
                place.Displaced,
                handshake.Displaced
            )
        )
        {
            try
            {
                return await ZmtpHandshake.RunAsync(socket, security, options, budget, either.Token);
            }
            catch (ZmtpException e)
            {
                observer.Refused(remote, e);
            }
            catch (OperationCanceledException) when (handshake.Displaced.IsCancellationRequested)
            {
                observer.Refused(remote, MadeRoom("handshakes", limits.HandshakesMax));
            }
            catch (OperationCanceledException) when (place.Displaced.IsCancellationRequested)
            {
                observer.Refused(remote, MadeRoom("connections", limits.ConnectionsMax));
            }
            catch (OperationCanceledException)
            {
                // The listener stops.
            }

            return null;
        }
    }

    private static ZmtpException MadeRoom(string what, int most) =>
        new(
            ZmtpFailure.Displaced,
            $"Too many {what}: {most} are the most, so a stranger of the address that holds the most made room."
        );
}
