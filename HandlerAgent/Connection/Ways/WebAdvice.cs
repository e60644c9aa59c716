using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using ScheduleZero.Certificates;

namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>
/// Says in plain words why there is no connection to a Bridge, and what to do, from what the libraries threw and the
/// server answered. No text holds a credential.
/// </summary>
/// <param name="address">The Bridge that was dialled.</param>
/// <param name="proxy">The proxy that was dialled in its place; null for none.</param>
/// <param name="certificateFile">The file with the agent's own certificate; null when it shows none.</param>
internal sealed partial class WebAdvice(Uri address, ProxyRoute? proxy, string? certificateFile)
{
    private string Bridge => $"{address.Scheme}://{address.Authority}";

    /// <summary>Explains a failure.</summary>
    /// <param name="answer">What was answered last; null when nothing was.</param>
    public string For(Exception failure, HttpAnswer? answer)
    {
        var words =
            CertificateRefusedException.Within(failure)?.Message
            ?? OfTunnel(failure)
            ?? OfAnswer(Within<NoUpgradeException>(failure)?.Answer ?? answer)
            ?? OfNoTls(failure)
            ?? (proxy is null ? TlsFailure.Explain(failure, address, certificateFile) : null)
            ?? OfSocket(Within<SocketException>(failure))
            ?? OfTls(failure)
            ?? OfNonsense(failure);
        return words is null ? Redaction.Clean(failure, proxy?.Secrets) : Redaction.Clean(words, proxy?.Secrets);
    }

    /// <summary>Explains an answer that a Bridge does not give; null for one that it may give, and for none.</summary>
    public string? OfAnswer(HttpAnswer? answer) =>
        (int)(answer?.Status ?? 0) switch
        {
            0 => null,
            407 => OfProxyStatus(407),
            >= 300 and < 400 => $"{Bridge} sends the agent elsewhere, to {answer!.Location ?? "nowhere"}. If that is "
                + "your Bridge, dial it there; if not, a captive portal may want somebody to sign in first.",
            511 => $"A captive portal before {Bridge} wants somebody to sign in first (511): open a web page in a "
                + "browser of this network.",
            _ when answer!.IsProblem => $"{Bridge} is the REST address of a Broker. An agent dials a Bridge, or the "
                + "Broker's ROUTER at tcp://…:4242.",
            >= 200 and < 300 when answer!.IsPage => $"{Bridge} answers with a web page: it is no Bridge, or a captive "
                + "portal or a filter answers in its place. Open the address in a browser of this network.",
            // Tinyproxy answers so to a wrong password.
            401 when proxy is not null && !answer!.WantsKey => OfProxyStatus(401),
            401 => $"{Bridge} wants an API key (401), and what was shown does not look like one.",
            403 when answer!.IsPage => $"A filter before {Bridge} forbids the connection (403): ask who runs it.",
            403 => $"{Bridge} does not let this machine's address in (403): see --allow-from there, and any firewall "
                + "for web applications before it.",
            404 or 405 => $"{Bridge} has no Bridge at this address (404): check host, port and path, and that a "
                + "reverse proxy before the Bridge passes on /hubs/handlers with its Upgrade headers.",
            429 => $"{Bridge} wants fewer attempts from this address (429): the agent waits.",
            502 or 503 or 504 => $"{Bridge} is not served now ({(int)answer!.Status}): the Bridge is full, stops, or a "
                + "reverse proxy before it does not reach it.",
            _ => null,
        };

    private string? OfTunnel(Exception failure)
    {
        if (
            proxy is null
            || Within<HttpRequestException>(failure)
                is not { HttpRequestError: HttpRequestError.ProxyTunnelError } refused
        )
        {
            return null;
        }

        var status =
            (int?)refused.StatusCode
            ?? (
                StatusInText().Match(refused.Message) is { Success: true } match
                    ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
                    : 0
            );
        return OfProxyStatus(status);
    }

    private string OfProxyStatus(int status) =>
        status switch
        {
            401 or 407 when proxy?.HasCredentials == true => $"The proxy {proxy} does not take this user and password "
                + $"({status}): correct them.",
            401 or 407 => $"The proxy {Proxy} asks for a user and a password ({status}): name a file with them by "
                + "--proxy-credentials (proxyCredentialsFile).",
            403 or 405 => $"The proxy {Proxy} forbids the way to {address.Host}:{address.Port} ({status}): ask who "
                + "runs the proxy to allow CONNECT to it.",
            502 or 503 or 504 => $"The proxy {Proxy} does not reach {address.Host}:{address.Port} ({status}): check "
                + "the address; the proxy may resolve names otherwise than this machine.",
            0 => $"The proxy {Proxy} did not open a tunnel to {address.Host}:{address.Port}.",
            _ => $"The proxy {Proxy} answered {status} when asked for {address.Host}:{address.Port}.",
        };

    private string Proxy => proxy?.ToString() ?? "on the way";

    private string? OfSocket(SocketException? failure)
    {
        var (whose, host, port) = proxy is null
            ? ("", address.Host, address.Port)
            : ("of the proxy ", proxy.Address.Host, proxy.Address.Port);
        return failure?.SocketErrorCode switch
        {
            null => null,
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                $"The name {whose}{host} cannot be resolved: check it, and the name servers of this machine.",
            SocketError.ConnectionRefused => proxy is null
                ? $"Nobody listens at {host}:{port}: check the address, and that the Bridge runs."
                : $"Nobody listens at the proxy's address {host}:{port}: check --proxy.",
            SocketError.ConnectionReset or SocketError.ConnectionAborted =>
                $"The connection to {host}:{port} was cut: something on the way does not want it.",
            _ => $"{host}:{port} cannot be reached ({failure.SocketErrorCode}): check the address, and the firewalls "
                + "on the way"
                + (proxy is null ? "; a network may let the web out through a proxy only (--proxy)." : "."),
        };
    }

    // What is not TLS has no frames of TLS; .NET says no more than that.
    private string? OfNoTls(Exception failure) =>
        Within<AuthenticationException>(failure) is { } refused
        && refused.Message.Contains("frame", StringComparison.OrdinalIgnoreCase)
            ? $"What answers at {Bridge} does not speak TLS: check that the port is one for https, or dial http://."
            : null;

    private string? OfTls(Exception failure) =>
        Within<AuthenticationException>(failure) is { } refused
            ? $"TLS with {Bridge} failed: {refused.Message} Check that the port is one for https, and that nothing on "
                + "the way changes the connection."
            : null;

    private string? OfNonsense(Exception failure) =>
        Within<HttpRequestException>(failure)?.HttpRequestError
            is HttpRequestError.InvalidResponse
                or HttpRequestError.ResponseEnded
        || Within<InvalidDataException>(failure) is not null
            ? $"What answers at {proxy?.ToString() ?? Bridge} does not speak as a "
                + $"{(proxy is null ? "Bridge" : "proxy")} does, or hangs up: check the address."
            : null;

    private static T? Within<T>(Exception exception)
        where T : Exception
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }

            if (e is AggregateException { InnerExceptions: { Count: > 1 } all })
            {
                return all.Select(Within<T>).FirstOrDefault(inner => inner is not null);
            }
        }

        return null;
    }

    [GeneratedRegex(@"status code '(\d{3})'", RegexOptions.CultureInvariant)]
    private static partial Regex StatusInText();
}
