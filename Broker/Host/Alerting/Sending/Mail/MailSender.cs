using MailKit.Security;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;
using ScheduleZero.Certificates;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Mail;

/// <summary>Sends mail by the mail server of the settings, each by a connection of its own.</summary>
internal sealed class MailSender(MailSettings settings, SendingOptions options)
{
    private readonly ServerTrust _trust = options.Trust();

    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<SendResult> SendAsync(
        IReadOnlyList<string> to,
        AlertNotice notice,
        AlertMessage message,
        CancellationToken cancellationToken
    )
    {
        if (!settings.IsOn)
        {
            return SendResult.Failed("The Broker has no mail server: start it with --smtp-server and --smtp-from.");
        }

        if (to.Count == 0 || !to.All(SettingText.IsMailAddress))
        {
            return SendResult.Refused("The channel has no addresses of mail, or one that is none.");
        }

        var (host, port) = settings.Endpoint();
        using var client = new NoticeMailClient();
        using var timeout = new CancellationTokenSource(options.Timeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await ConnectAsync(client, host, port, either.Token);
            using var mail = MailForm.Make(settings.From!, to, notice, message);
            await client.SendAsync(mail, either.Token);
            await SayGoodbyeAsync(client, either.Token);
            return client.Refused.Count == 0
                ? SendResult.Sent
                : SendResult.Sent with
                {
                    Problem = MailProblems.OfRecipients(host, client.Refused),
                };
        }
        catch (Exception e) when (MailProblems.IsExpected(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return timeout.IsCancellationRequested
                ? SendResult.Failed($"{host} did not take the mail within {options.Timeout.TotalSeconds} s.")
                : MailProblems.Of(host, e, client.Refused);
        }
    }

    private async Task ConnectAsync(NoticeMailClient client, string host, int port, CancellationToken cancellationToken)
    {
        client.ServerCertificateValidationCallback = (_, certificate, chain, errors) =>
            _trust.Accept(host, certificate, chain, errors);
        var security = settings.Security switch
        {
            // Never StartTlsWhenAvailable: whoever sits between could say that it is not available.
            MailSettings.StartTls => SecureSocketOptions.StartTls,
            MailSettings.Tls => SecureSocketOptions.SslOnConnect,
            _ => SecureSocketOptions.None,
        };
        try
        {
            await client.ConnectAsync(host, port, security, cancellationToken);
        }
        catch (NotSupportedException e)
        {
            throw new MailRefusedException($"{host} offers no STARTTLS, so nothing was sent.", e);
        }

        if (settings.User is null)
        {
            return;
        }

        try
        {
            // Read each time, so that a new password needs no new start.
            await client.AuthenticateAsync(settings.User, ReadPassword(), cancellationToken);
        }
        catch (NotSupportedException e)
        {
            throw new MailRefusedException($"{host} offers no way to sign in that the Broker knows.", e);
        }
        catch (AuthenticationException e)
        {
            throw new MailRefusedException($"{host} refuses the user or the password.", e);
        }
    }

    private string ReadPassword()
    {
        try
        {
            return settings.ReadPassword();
        }
        catch (IOException e)
        {
            throw new MailRefusedException(e.Message, e);
        }
    }

    // The server has the mail by now: whatever happens to the connection, it was sent.
    private static async Task SayGoodbyeAsync(NoticeMailClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception e) when (MailProblems.IsExpected(e))
        {
            // It ends when the client is disposed.
        }
    }
}

/// <summary>The mail server does not do what the settings ask for. The message says what.</summary>
internal sealed class MailRefusedException(string message, Exception inner) : Exception(message, inner);
