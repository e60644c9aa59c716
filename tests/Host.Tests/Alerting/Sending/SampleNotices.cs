using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>Notices for tests of how they are sent.</summary>
internal static class SampleNotices
{
    public static readonly DateTimeOffset Since = new(2026, 11, 30, 22, 15, 0, TimeSpan.Zero);

    public static readonly JobId Job = new(Guid.Parse("01981f40-0000-7000-8000-000000000001"));

    public static AlertNotice Failed(string? text = "Disk quota exceeded") =>
        new()
        {
            Id = Guid.Parse("0b0e6a4e-7e5d-4f0e-9b57-6f8e3a5a0001"),
            Namespace = "default",
            Channel = "ops",
            Rule = "nightly",
            Condition = AlertCondition.JobFailed,
            Phase = AlertPhase.Firing,
            Subject = "report.render",
            Since = Since,
            At = Since.AddMinutes(1),
            Count = 3,
            Samples = [new AlertSample(Job, "report.render", "office-7", text, Since)],
        };

    public static AlertMessage WordsOf(AlertNotice notice) => AlertWords.Of(notice, new AlertLinks("", true));

    /// <summary>Senders that may dial loopback.</summary>
    public static AlertSenders Senders(SendingOptions? options = null, BrokerSettings? settings = null) =>
        new(settings ?? SettingsWith(["127.0.0.1"]), options ?? new SendingOptions());

    public static BrokerSettings SettingsWith(IReadOnlyList<string> allowed) =>
        new() { Alerts = new AlertSettings { Allow = allowed } };
}
