using System.Globalization;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Words;

/// <summary>Says in words what a notice tells of. All forms of notices take their words from here.</summary>
internal static class AlertWords
{
    private const int NameLengthMax = 120;

    /// <summary>The words of a notice.</summary>
    public static AlertMessage Of(AlertNotice notice, AlertLinks links) =>
        new(
            TitleOf(notice),
            [.. FactsOf(notice)],
            [
                .. notice.Samples.Select(sample => new AlertJob(
                    sample.Job.ToString(),
                    JobTitleOf(sample),
                    string.IsNullOrEmpty(sample.Text) ? null : ForeignText.Short(sample.Text, AlertBounds.TextMax),
                    links.OfJob(notice.Namespace, sample.Job)
                )),
            ],
            links.Of(notice)
        );

    /// <summary>One line that says what happened, without a full stop.</summary>
    public static string TitleOf(AlertNotice notice) =>
        notice.Phase switch
        {
            AlertPhase.Test => $"A test of the channel {Name(notice.Channel)}",
            AlertPhase.Ongoing => $"Ongoing: {WhatHappened(notice)}",
            AlertPhase.Resolved => $"Resolved: {WhatHappened(notice)}",
            _ => WhatHappened(notice),
        };

    private static string WhatHappened(AlertNotice notice)
    {
        if (notice.Subject == AlertBounds.Together)
        {
            return WhatHappenedToMany(notice);
        }

        var subject = Name(notice.Subject);
        return notice.Condition switch
        {
            AlertCondition.JobFailed => $"{Many(notice.Count, "A job", "jobs")} of {subject} failed",
            AlertCondition.OccurrenceMissed =>
                $"The schedule {subject} missed {Many(notice.Count, "an instant", "instants")}",
            AlertCondition.NothingSucceeded => $"No job of {subject} has succeeded for too long",
            AlertCondition.HandlerSilent => $"The handler {subject} has had no connection for too long",
            AlertCondition.WaitingLong => $"Jobs of {subject} have waited for too long",
            AlertCondition.KeyExpires => $"The key {subject} expires soon",
            AlertCondition.DiskLow => "The disk of the store is nearly full",
            AlertCondition.LinkDown => $"The Bridge {subject} has no connection to the Broker",
            AlertCondition.CertificateExpires => $"The certificate {subject} expires soon",
            _ => $"{notice.Condition}: {subject}",
        };
    }

    private static string WhatHappenedToMany(AlertNotice notice) =>
        notice.Condition switch
        {
            AlertCondition.JobFailed => $"{Many(notice.Count, "A job", "jobs")} failed",
            AlertCondition.OccurrenceMissed => $"Schedules missed {Many(notice.Count, "an instant", "instants")}",
            AlertCondition.NothingSucceeded =>
                $"No job of {Many(notice.Count, "a method", "methods")} has succeeded for too long",
            AlertCondition.HandlerSilent =>
                $"{Many(notice.Count, "A handler has", "handlers have")} had no connection for too long",
            AlertCondition.WaitingLong => $"{Many(notice.Count, "A job has", "jobs have")} waited for too long",
            AlertCondition.KeyExpires => $"{Many(notice.Count, "A key expires", "keys expire")} soon",
            AlertCondition.LinkDown =>
                $"{Many(notice.Count, "A Bridge has", "Bridges have")} no connection to the Broker",
            AlertCondition.CertificateExpires =>
                $"{Many(notice.Count, "A certificate expires", "certificates expire")} soon",
            _ => $"{notice.Condition}",
        };

    private static IEnumerable<AlertFact> FactsOf(AlertNotice notice)
    {
        yield return new AlertFact("Namespace", Name(notice.Namespace));
        if (notice.Phase == AlertPhase.Test)
        {
            yield return new AlertFact("Channel", Name(notice.Channel));
            yield return new AlertFact("Sent", Time(notice.At));
            yield break;
        }

        yield return new AlertFact("Rule", Name(notice.Rule));
        yield return new AlertFact("Since", Time(notice.Since));
        if (notice.Phase == AlertPhase.Resolved)
        {
            yield return new AlertFact("Until", Time(notice.At));
        }

        if (notice.Detail is not null)
        {
            yield return new AlertFact("Detail", ForeignText.Short(notice.Detail, AlertBounds.TextMax));
        }
    }

    private static string JobTitleOf(AlertSample sample) =>
        Name(sample.Method) + (sample.Handler is null ? "" : $" on {Name(sample.Handler)}") + $", {Time(sample.At)}";

    private static string Many(long count, string one, string many) =>
        count == 1 ? one : string.Create(CultureInfo.InvariantCulture, $"{count} {many}");

    private static string Name(string text) => ForeignText.Short(text, NameLengthMax);

    private static string Time(DateTimeOffset at) =>
        at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
