using System.Net.Sockets;
using System.Security.Authentication;

namespace ScheduleZero.Certificates;

/// <summary>Says why a connection over https failed, where TLS is to blame or may be.</summary>
internal static class TlsFailure
{
    /// <param name="failure">What a library threw, with the exceptions that it wrapped.</param>
    /// <param name="address">The address that was dialled.</param>
    /// <param name="certificateFile">The file with the client's certificate; null when it shows none.</param>
    /// <returns>A sentence or two; null when TLS is not to blame.</returns>
    public static string? Explain(Exception failure, Uri address, string? certificateFile)
    {
        if (CertificateRefusedException.Within(failure) is { } refused)
        {
            return refused.Message;
        }

        return address.Scheme == Uri.UriSchemeHttps && EndedByServer(failure)
            ? "The server ended the connection while it began. If the server asks for a certificate, "
                + (
                    certificateFile is null
                        ? "name yours by --client-cert (ClientCertificateFile)."
                        : $"it may not accept the one in {certificateFile}: its log says why."
                )
            : null;
    }

    // In TLS 1.3 a client learns only with the first answer whether the server accepts its certificate: the connection
    // ends then, with an alert of TLS or without one. When that comes between the settings of HTTP/2, the library finds
    // its own stream disposed, or says only that the handshake was not completed.
    private static bool EndedByServer(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (
                e
                is AuthenticationException
                    or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
                    or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
                    or HttpRequestException
                    {
                        HttpRequestError: HttpRequestError.Unknown,
                        StatusCode: null,
                        InnerException: null,
                    }
                    or IOException { InnerException: ObjectDisposedException }
                    or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown }
            )
            {
                return true;
            }

            if (e is IOException { InnerException: { } inner } && inner.GetType().Name == "SslException")
            {
                return true;
            }
        }

        return false;
    }
}
