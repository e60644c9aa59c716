using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using ScheduleZero.Certificates;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Mail;

/// <summary>
/// Says why mail was not sent. The texts are made here and not taken from exceptions or from what the server says.
/// </summary>
internal static class MailProblems
{
    /// <summary>Whether an exception tells of the mail server or the way to it, and not of a mistake in here.</summary>
    public static bool IsExpected(Exception e) =>
        e
            is MailRefusedException
                or NoRecipientException
                or CommandException
                or ProtocolException
                or SslHandshakeException
                or CertificateRefusedException
                or ServiceNotConnectedException
                or SocketException
                or IOException
                or TimeoutException
                or OperationCanceledException;

    public static SendResult Of(
        string host,
        Exception failure,
        IReadOnlyList<(string Address, SmtpStatusCode Status)> refused
    ) =>
        failure switch
        {
            NoRecipientException => OfAllRecipients(host, refused),
            SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } e => SendResult.Failed(
                $"{host} refuses the address of --smtp-from ({(int)e.StatusCode})."
            ),
            SmtpCommandException { ErrorCode: SmtpErrorCode.MessageNotAccepted } e when IsLasting(e.StatusCode) =>
                SendResult.Refused($"{host} refuses the mail for good ({(int)e.StatusCode})."),
            SmtpCommandException e => SendResult.Failed($"{host} does not take the mail now ({(int)e.StatusCode})."),
            _ => SendResult.Failed(OfConnection(host, failure)),
        };

    /// <summary>Names the recipients that were refused.</summary>
    public static string OfRecipients(string host, IReadOnlyList<(string Address, SmtpStatusCode Status)> refused) =>
        $"{host} refuses {string.Join(", ", refused.Select(one => $"{one.Address} ({(int)one.Status})"))}.";

    private static SendResult OfAllRecipients(
        string host,
        IReadOnlyList<(string Address, SmtpStatusCode Status)> refused
    )
    {
        var problem = OfRecipients(host, refused);
        return refused.All(one => IsLasting(one.Status)) ? SendResult.Refused(problem) : SendResult.Failed(problem);
    }

    private static string OfConnection(string host, Exception failure)
    {
        if (CertificateRefusedException.Within(failure) is { } refusal)
        {
            return refusal.Message;
        }

        for (var e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case MailRefusedException:
                    return e.Message;
                case SocketException socket:
                    return SocketProblems.Of(host, socket);
                case SslHandshakeException:
                    return $"{host} and the Broker could not agree on TLS. Is --smtp-security right for the port?";
                case SmtpProtocolException:
                    return $"{host} does not speak SMTP, or ended the connection.";
                default:
                    break;
            }
        }

        return $"The connection to {host} ended.";
    }

    // RFC 5321, 4.2.1: 5yz is lasting, 4yz passes.
    private static bool IsLasting(SmtpStatusCode status) => (int)status is >= 500 and < 600;
}
