using System.Collections.Concurrent;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Takes notices, and answers as a test says.</summary>
internal sealed class FakeAlertSender : IAlertSender
{
    public ConcurrentQueue<(AlertTarget Target, AlertNotice Notice)> Sent { get; } = new();

    /// <summary>What becomes of an attempt.</summary>
    public Func<AlertTarget, AlertNotice, Task<SendResult>> Outcome { get; set; } =
        (_, _) => Task.FromResult(SendResult.Sent);

    public Task<SendResult> SendAsync(AlertTarget target, AlertNotice notice, CancellationToken cancellationToken)
    {
        Sent.Enqueue((target, notice));
        return Outcome(target, notice).WaitAsync(cancellationToken);
    }
}
