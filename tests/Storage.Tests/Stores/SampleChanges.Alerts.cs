using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests.Stores;

internal static partial class SampleChanges
{
    private static IEnumerable<Change> OfAlerts()
    {
        yield return new Change.AlertRowSaved(AlertChannel());
        yield return new Change.AlertRowSaved(AlertRule());
        var sample = new AlertSample(JobId(1), "reports.render", "office-7", "No paper", Noon);
        var alert = new AlertRecord
        {
            Namespace = "default",
            Rule = "failures",
            Subject = "reports.render",
            Condition = AlertCondition.JobFailed,
            Since = Noon,
            LastAt = Noon.AddMinutes(1),
            Count = 3,
            Detail = "a detail",
            Samples = [sample],
            ToldAt = Noon.AddMinutes(2),
            ToldCount = 2,
            NextAt = Noon.AddHours(4),
        };
        yield return new Change.AlertRowSaved(alert);
        yield return new Change.AlertRowSaved(alert with { Subject = "ended" });
        yield return new Change.AlertRowDeleted(AlertRowKind.Alert, "default", AlertRecord.KeyOf("failures", "ended"));
        yield return new Change.AlertRowSaved(
            new AlertNoticeRecord
            {
                Namespace = "default",
                Notice = new AlertNotice
                {
                    Id = Guid(9),
                    Namespace = "default",
                    Channel = "ops",
                    Rule = "failures",
                    Condition = AlertCondition.JobFailed,
                    Phase = AlertPhase.Ongoing,
                    Subject = "reports.render",
                    Since = Noon,
                    At = Noon.AddMinutes(2),
                    Count = 2,
                    Detail = "a detail",
                    Samples = [sample],
                },
                Attempts = 4,
                NextAt = Noon.AddMinutes(3),
            }
        );
    }

    private static AlertChannelRecord AlertChannel() =>
        new()
        {
            Namespace = "default",
            Name = "ops",
            Version = 2,
            Description = "Where operators look",
            Disabled = true,
            CreatedAt = Noon,
            ChangedAt = Noon.AddTicks(1),
            CreatedBy = "user:ana",
            ChangedBy = "user:ben",
            Form = AlertChannelKind.Webhook,
            ProtectedUrl = "an encrypted URL",
            Host = "https://hooks.example.org",
            ProtectedSecret = "an encrypted secret",
            To = ["ops@example.org"],
            SentAt = Noon.AddMinutes(1),
            Problem = "hooks.example.org answered 404 Not Found.",
            ProblemAt = Noon.AddMinutes(2),
            Dropped = 5,
        };

    private static AlertRuleRecord AlertRule() =>
        new()
        {
            Namespace = "default",
            Name = "failures",
            Version = 3,
            Description = "Reports that fail",
            Disabled = true,
            CreatedAt = Noon,
            ChangedAt = Noon.AddTicks(1),
            CreatedBy = "user:ana",
            ChangedBy = "user:ben",
            Condition = AlertCondition.JobFailed,
            Only = ["reports.*"],
            After = TimeSpan.FromMinutes(5),
            Channels = ["ops", "mails"],
            Wait = TimeSpan.FromSeconds(30),
            Repeat = TimeSpan.FromHours(4),
            Quiet = TimeSpan.FromHours(1),
            TellsEnd = true,
            IsTogether = true,
            MutedUntil = Noon.AddDays(1),
            MutedBy = "user:ana",
            MuteReason = "The printer is mended",
        };
}
