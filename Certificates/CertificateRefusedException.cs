using System.Security.Authentication;

namespace ScheduleZero.Certificates;

/// <summary>
/// The certificate of a server was refused. The message says what is wrong with the certificate, and what to do.
/// </summary>
internal sealed class CertificateRefusedException(string message) : AuthenticationException(message)
{
    /// <summary>Finds the refusal that a library wrapped into exceptions of its own; null when there is none.</summary>
    public static CertificateRefusedException? Within(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is CertificateRefusedException refused)
            {
                return refused;
            }
        }

        return null;
    }
}
