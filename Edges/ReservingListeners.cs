using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ScheduleZero.Edges;

/// <summary>
/// Accepts connections for Kestrel, and cuts those that take a file descriptor of the reserve. The loop that accepts
/// judges them, because it must not run ahead: on a busy machine it would take the whole reserve before the first step
/// of the first connection runs.
/// </summary>
internal sealed class ReservingListeners(SocketTransportFactory sockets, ConnectionPlaces places)
    : IConnectionListenerFactory,
        IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint,
        CancellationToken cancellationToken = default
    ) => new Listener(await sockets.BindAsync(endpoint, cancellationToken), places);

    private sealed class Listener(IConnectionListener inner, ConnectionPlaces places) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (!places.CutsForDescriptors(connection))
                {
                    return connection;
                }

                await connection.DisposeAsync();
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) =>
            inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
