using System.Net.Security;
using MailKit.Net.Smtp;
using MimeKit;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Mail;

/// <summary>
/// A client of SMTP that sends mail to the recipients that the server accepts, and notes the others: the library's own
/// gives up at the first that is refused. While it checks a certificate it asks nobody else.
/// </summary>
internal sealed class NoticeMailClient : SmtpClient
{
    private readonly List<(string Address, SmtpStatusCode Status)> _refused = [];

    /// <summary>The recipients that the server refused, with what it said.</summary>
    public IReadOnlyList<(string Address, SmtpStatusCode Status)> Refused => _refused;

    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
        string host,
        RemoteCertificateValidationCallback remoteCertificateValidationCallback
    )
    {
        var options = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
        options.CertificateChainPolicy = SendingOptions.ChainPolicy();
        return options;
    }

    protected override void OnRecipientNotAccepted(
        MimeMessage message,
        MailboxAddress mailbox,
        SmtpResponse response
    ) => _refused.Add((mailbox.Address, response.StatusCode));

    protected override void OnNoRecipientsAccepted(MimeMessage message) => throw new NoRecipientException();
}

/// <summary>The mail server refused all recipients.</summary>
internal sealed class NoRecipientException : Exception;
