using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending.Mail;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>Sends a notice in the form that its target takes. Safe from any thread.</summary>
/// <param name="settings">Settings that were validated.</param>
internal sealed class AlertSenders(BrokerSettings settings, SendingOptions options) : IAlertSender, IDisposable
{
    private readonly AlertLinks _links = new(settings.PublicUrl, settings.Dashboard);
    private readonly AlertHttp _http = new(settings.Alerts.Allow, options);
    private readonly MailSender _mail = new(settings.Alerts.Mail, options);

    public Task<SendResult> SendAsync(AlertTarget target, AlertNotice notice, CancellationToken cancellationToken)
    {
        var message = AlertWords.Of(notice, _links);
        return target switch
        {
            AlertTarget.Webhook webhook => _http.SendAsync(
                WebhookForm.Make(webhook, notice, message, _links, options.Time.GetUtcNow()),
                cancellationToken
            ),
            AlertTarget.Chat { Kind: AlertChannelKind.Slack } chat => _http.SendAsync(
                SlackForm.Make(chat.Url, message),
                cancellationToken
            ),
            AlertTarget.Chat { Kind: AlertChannelKind.Teams } chat => _http.SendAsync(
                TeamsForm.Make(chat.Url, message),
                cancellationToken
            ),
            AlertTarget.Mail mail => _mail.SendAsync(mail.To, notice, message, cancellationToken),
            _ => throw new ArgumentException($"Nothing is sent to {target}.", nameof(target)),
        };
    }

    public void Dispose() => _http.Dispose();
}
