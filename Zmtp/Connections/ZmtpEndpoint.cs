using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>An address of the form <c>tcp://host:port</c>. An IPv6 address stands in brackets.</summary>
/// <param name="Host">A name or an IP address; <c>*</c> for all addresses of this machine, when listening.</param>
internal sealed record ZmtpEndpoint(string Host, int Port)
{
    private const string Scheme = "tcp://";

    public static bool TryParse(string text, [NotNullWhen(true)] out ZmtpEndpoint? endpoint)
    {
        endpoint = null;
        var colon = text.LastIndexOf(':');
        if (
            !text.StartsWith(Scheme, StringComparison.Ordinal)
            || colon < Scheme.Length
            || !int.TryParse(text.AsSpan(colon + 1).TrimEnd('/'), NumberStyles.None, null, out var port)
            || port > IPEndPoint.MaxPort
        )
        {
            return false;
        }

        var host = text[Scheme.Length..colon];
        if (host is ['[', .. var inner, ']'])
        {
            host = inner;
        }
        else if (host.Contains(':'))
        {
            return false;
        }

        if (host != "*" && Uri.CheckHostName(host) is UriHostNameType.Unknown or UriHostNameType.Basic)
        {
            return false;
        }

        endpoint = new ZmtpEndpoint(host, port);
        return true;
    }

    /// <summary>The addresses to listen at.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The name is not known.</exception>
    public async Task<IPEndPoint> ListenAtAsync(CancellationToken cancellationToken)
    {
        if (Host == "*")
        {
            return new IPEndPoint(IPAddress.IPv6Any, Port);
        }

        var address = IPAddress.TryParse(Host, out var literal)
            ? literal
            : (await Dns.GetHostAddressesAsync(Host, cancellationToken))[0];
        return new IPEndPoint(address, Port);
    }

    public override string ToString() => Host.Contains(':') ? $"{Scheme}[{Host}]:{Port}" : $"{Scheme}{Host}:{Port}";
}
