using ScheduleZero.Broker.Core.Alerts;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>Makes one attempt to send a notice.</summary>
internal interface IAlertSender
{
    /// <summary>Sends a notice once. Whatever goes wrong with the target is a result, and no exception.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    Task<SendResult> SendAsync(AlertTarget target, AlertNotice notice, CancellationToken cancellationToken);
}
