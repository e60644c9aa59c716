using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard;
using ScheduleZero.Dashboard.Pages.Schedules;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Words;

/// <summary>Makes the addresses of the dashboard's pages for people who read notices elsewhere.</summary>
/// <param name="publicUrl">Where people reach the Broker; empty where nobody said so.</param>
internal sealed class AlertLinks(string publicUrl, bool hasDashboard)
{
    /// <summary>The page of a job; null where people cannot reach it.</summary>
    public Uri? OfJob(string ns, JobId id) => Of(SchedulePaths.JobOf(ns, id));

    /// <summary>The page about what a notice tells of; null where people cannot reach it.</summary>
    public Uri? Of(AlertNotice notice) => Of(PathOf(notice));

    private static string PathOf(AlertNotice notice)
    {
        var (ns, subject) = (notice.Namespace, notice.Subject);
        if (notice.Phase == AlertPhase.Test || subject.Length == 0 || subject == AlertBounds.Together)
        {
            return $"ns/{ns}";
        }

        return notice.Condition switch
        {
            AlertCondition.JobFailed or AlertCondition.NothingSucceeded or AlertCondition.WaitingLong =>
                PagePath.OfMethod(ns, subject),
            AlertCondition.OccurrenceMissed => SchedulePaths.Of(ns, subject),
            AlertCondition.HandlerSilent => PagePath.OfHandler(ns, subject),
            AlertCondition.KeyExpires => $"ns/{ns}/admin/keys",
            AlertCondition.LinkDown => $"ns/{ns}/links",
            _ => $"ns/{ns}",
        };
    }

    private Uri? Of(string path) =>
        hasDashboard && publicUrl.Length > 0 ? new Uri($"{publicUrl.TrimEnd('/')}{DashboardPaths.Root}/{path}") : null;
}
