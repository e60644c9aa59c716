using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Alerts;

/// <summary>Makes the views of channels, rules and open alerts.</summary>
internal static class AlertViews
{
    /// <param name="secret">The secret, when the request has set it.</param>
    public static AlertChannelView From(AlertChannelRecord channel, AlertBoard board, string? secret = null) =>
        new()
        {
            Name = channel.Name,
            Namespace = channel.Namespace,
            Version = channel.Version,
            Kind = channel.Form,
            Description = channel.Description,
            Host = channel.Host,
            To = channel.To.Count > 0 ? channel.To : null,
            Enabled = !channel.Disabled,
            Secret = secret,
            SentAt = channel.SentAt,
            Problem = channel.Problem,
            ProblemAt = channel.ProblemAt,
            Waiting = board.CountWaiting(channel.Namespace, channel.Name),
            Dropped = channel.Dropped,
            CreatedAt = channel.CreatedAt,
            ChangedAt = channel.ChangedAt,
            CreatedBy = channel.CreatedBy,
            ChangedBy = channel.ChangedBy,
        };

    public static AlertRuleView From(AlertRuleRecord rule, AlertBoard board, DateTimeOffset now) =>
        new()
        {
            Name = rule.Name,
            Namespace = rule.Namespace,
            Version = rule.Version,
            Description = rule.Description,
            When = rule.Condition,
            Only = rule.Only,
            After = rule.After,
            Channels = rule.Channels,
            Wait = rule.Wait,
            Repeat = rule.Repeat,
            Quiet = rule.WatchesEvents ? rule.Quiet : null,
            TellEnd = rule.TellsEnd,
            Together = rule.IsTogether,
            Enabled = !rule.Disabled,
            MutedUntil = rule.IsMutedAt(now) ? rule.MutedUntil : null,
            MutedBy = rule.IsMutedAt(now) ? rule.MutedBy : null,
            MuteReason = rule.IsMutedAt(now) ? rule.MuteReason : null,
            Open = board.CountAlerts(rule.Namespace, rule.Name),
            CreatedAt = rule.CreatedAt,
            ChangedAt = rule.ChangedAt,
            CreatedBy = rule.CreatedBy,
            ChangedBy = rule.ChangedBy,
        };

    /// <param name="readsJobs">Whether the caller may read jobs of a method.</param>
    public static AlertView From(AlertRecord alert, Func<string, bool> readsJobs) =>
        new()
        {
            Namespace = alert.Namespace,
            Rule = alert.Rule,
            Condition = alert.Condition,
            Subject = alert.Subject,
            Since = alert.Since,
            LastAt = alert.LastAt,
            Count = alert.Count,
            Detail = alert.Detail,
            Jobs = JobsOf(alert, readsJobs),
            ToldAt = alert.ToldAt,
        };

    private static List<AlertJob>? JobsOf(AlertRecord alert, Func<string, bool> readsJobs)
    {
        var jobs = alert
            .Samples.Where(job => readsJobs(job.Method))
            .Select(job => new AlertJob(job.Job, job.Method, job.At, job.Handler, job.Text))
            .ToList();
        return jobs.Count > 0 ? jobs : null;
    }
}
