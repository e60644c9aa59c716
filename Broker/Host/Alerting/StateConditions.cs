using System.Globalization;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>Finds what a rule's condition holds for at this moment, where the condition is a state.</summary>
internal sealed class StateConditions(
    IBrokerInputs inputs,
    IHistoryReader history,
    BrokerWideConditions whole,
    AlertBoard board,
    TimeProvider time
)
{
    /// <summary>
    /// How many pages of a search one look reads. A page reads a bounded number of rows, so a few rules that search a
    /// long history do not keep the store from its work.
    /// </summary>
    internal const int PagesMax = 4;

    private readonly LastSuccesses _successes = new(history);

    /// <summary>How many waiting jobs one page of a look reads.</summary>
    private const int WaitingMax = 500;

    /// <summary>Everything for which the condition of the rule holds now.</summary>
    public async Task<IReadOnlyList<SeenState>> LookAsync(AlertRuleRecord rule, CancellationToken cancellationToken) =>
        rule.Condition switch
        {
            AlertCondition.NothingSucceeded => await NothingSucceededAsync(rule, cancellationToken),
            AlertCondition.HandlerSilent => await SilentHandlersAsync(rule, cancellationToken),
            AlertCondition.WaitingLong => await WaitingLongAsync(rule, cancellationToken),
            AlertCondition.KeyExpires => await ExpiringKeysAsync(rule, cancellationToken),
            AlertCondition.DiskLow => whole.Disk(),
            AlertCondition.LinkDown => whole.Links(rule, time.GetUtcNow()),
            AlertCondition.CertificateExpires => whole.Certificates(rule, time.GetUtcNow()),
            _ => throw new InvalidOperationException($"{rule.Condition} is no state."),
        };

    private async Task<IReadOnlyList<SeenState>> NothingSucceededAsync(
        AlertRuleRecord rule,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var from = now - rule.After!.Value;
        if (rule.ChangedAt > from)
        {
            return []; // The rule has not watched for so long.
        }

        var found = new List<SeenState>();
        foreach (var method in rule.Only ?? [])
        {
            var succeeded = await _successes.HasSucceededAsync(rule.Namespace, method, from, now, cancellationToken);
            // Where a look could not see all of a long history, an alert neither begins nor ends.
            if (succeeded == false || (succeeded is null && IsOpen(rule, method)))
            {
                found.Add(State(method, null));
            }
        }

        return found;
    }

    private async Task<IReadOnlyList<SeenState>> SilentHandlersAsync(
        AlertRuleRecord rule,
        CancellationToken cancellationToken
    )
    {
        var before = time.GetUtcNow() - rule.After!.Value;
        var handlers = await inputs.ReadAsync(state => state.Handlers(rule.Namespace), cancellationToken);
        return
        [
            .. handlers
                .Where(handler => !handler.Online && handler.LastSeenAt <= before && rule.Watches(handler.Name))
                .Select(handler =>
                    State(handler.Name, Text($"It was last seen at {handler.LastSeenAt!.Value.UtcDateTime:u}."))
                ),
        ];
    }

    private async Task<IReadOnlyList<SeenState>> WaitingLongAsync(
        AlertRuleRecord rule,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var before = now - rule.After!.Value;
        var search = new JobSearch
        {
            Namespace = rule.Namespace,
            Limit = WaitingMax,
            Now = now,
            State = JobState.Ready,
            Methods = rule.Only,
            To = before,
        };
        var (jobs, isAll) = await WaitingAsync(search, before, cancellationToken);
        var waiting = jobs.GroupBy(job => job.Spec.Method, StringComparer.Ordinal)
            .Select(jobs => Waiting(jobs.Key, [.. jobs.OrderBy(ReadySince)], now))
            .ToList();
        if (!isAll && !(rule.IsTogether && waiting.Count > 0))
        {
            // Jobs beyond those that were read may wait still, so what waited before stays.
            var seen = waiting.Select(state => state.Subject).ToHashSet(StringComparer.Ordinal);
            waiting.AddRange(
                board
                    .AlertsOf(rule.Namespace, rule.Name)
                    .Where(alert => !seen.Contains(alert.Subject))
                    .Select(alert => new SeenState(alert.Subject, alert.Detail, alert.Count, alert.Samples))
            );
        }

        return waiting;
    }

    /// <summary>The jobs that wait, as many as one look reads, and whether they are all.</summary>
    private async Task<(List<Job> Jobs, bool IsAll)> WaitingAsync(
        JobSearch search,
        DateTimeOffset before,
        CancellationToken cancellationToken
    )
    {
        var jobs = new List<Job>();
        for (var pages = 0; pages < PagesMax; pages++)
        {
            var page = await history.SearchJobsAsync(search, cancellationToken);
            jobs.AddRange(page.Items.Select(stored => stored.Job).Where(job => job.RunAt <= before));
            if (page.NextCursor is null)
            {
                return (jobs, true);
            }

            search = search with { Cursor = page.NextCursor };
        }

        return (jobs, false);
    }

    private bool IsOpen(AlertRuleRecord rule, string subject) =>
        board
            .AlertsOf(rule.Namespace, rule.Name)
            .Any(alert => alert.Subject == subject || alert.Subject == AlertBounds.Together);

    private async Task<IReadOnlyList<SeenState>> ExpiringKeysAsync(
        AlertRuleRecord rule,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var keys = await inputs.ReadAsync(state => state.Keys(rule.Namespace), cancellationToken);
        return
        [
            // A key that a rotation replaced ends soon by intention: of each account the last valid key counts.
            .. keys.Where(key => key.IsValidAt(now))
                .GroupBy(key => key.AccountOrId, StringComparer.Ordinal)
                .Select(account => account.MaxBy(key => key.ExpiresAt ?? DateTimeOffset.MaxValue)!)
                .Where(key => key.ExpiresAt - now <= rule.After!.Value && rule.Watches(key.Id))
                .Select(key => State(key.Id, Text($"It expires at {key.ExpiresAt!.Value.UtcDateTime:u}."))),
        ];
    }

    private static SeenState Waiting(string method, IReadOnlyList<Job> jobs, DateTimeOffset now) =>
        new(
            method,
            Text($"The oldest has waited for {(long)(now - ReadySince(jobs[0])).TotalMinutes} minutes."),
            jobs.Count,
            [
                .. jobs.Take(AlertBounds.SamplesMax)
                    .Select(job => new AlertSample(job.Id, method, job.Spec.Handler, null, ReadySince(job))),
            ]
        );

    private static DateTimeOffset ReadySince(Job job) => job.RunAt > job.EnqueuedAt ? job.RunAt : job.EnqueuedAt;

    internal static SeenState State(string subject, string? detail) => new(subject, detail, 1, []);

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
