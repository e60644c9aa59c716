using System.Net;
using System.Net.Sockets;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// Opens the connections of notices. Whoever may name a URL could otherwise have the Broker speak to machines that only
/// the Broker reaches (server-side request forgery). Each name is resolved here, and the very addresses that were
/// judged are dialled: a name that leads elsewhere a moment later is of no use.
/// </summary>
/// <param name="allowed">The ranges that are allowed besides public addresses.</param>
internal sealed class AlertDialler(
    AddressRanges allowed,
    TimeProvider time,
    Func<string, CancellationToken, Task<IPAddress[]>>? resolve
)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Connects to the host of a request.</summary>
    /// <exception cref="AddressRefusedException">No address of the host may be dialled.</exception>
    /// <exception cref="SocketException">The name has no address, or no address answers.</exception>
    public async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var isHttps = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken);
        if (found.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        var dialled = found.Where(address => MayDial(address, isHttps)).ToArray();
        if (dialled.Length == 0)
        {
            throw new AddressRefusedException(
                found.Any(PublicAddresses.Holds)
                    ? $"{host} takes https only: http is for addresses in the ranges of --alert-allow."
                    : $"{host} has no public address. Other addresses must be in the ranges of --alert-allow."
            );
        }

        var race = new AddressRace(time, (_, _) => Task.FromResult(dialled));
        return new NetworkStream(await race.ConnectAsync(host, port, cancellationToken), ownsSocket: true);
    }

    private bool MayDial(IPAddress address, bool isHttps) =>
        allowed.Holds(address) || (isHttps && PublicAddresses.Holds(address));
}

/// <summary>No address of a host may be dialled. The message says why, and names no address.</summary>
internal sealed class AddressRefusedException(string message) : Exception(message);
