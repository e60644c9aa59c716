using ScheduleZero.Broker.Core.Alerts;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// The committed channels, rules, open alerts and notices, for those who read them, send them and look for conditions.
/// Safe from any thread; changed by the loop's speaker after a commit. Rows are found by rule and channel, because
/// there may be many thousands in each namespace.
/// </summary>
internal sealed class AlertBoard
{
    private readonly RowShelf<string, AlertChannelRecord> _channels = new();
    private readonly RowShelf<string, AlertRuleRecord> _rules = new();

    /// <summary>The open alerts by namespace and rule.</summary>
    private readonly RowShelf<(string Namespace, string Rule), AlertRecord> _alerts = new();

    /// <summary>The notices by namespace and channel.</summary>
    private readonly RowShelf<(string Namespace, string Channel), AlertNoticeRecord> _notices = new();
    private volatile TaskCompletionSource _change = NewChange();

    /// <summary>A task that completes when a notice or channel changes after this call.</summary>
    public Task Change => _change.Task;

    public IEnumerable<AlertRuleRecord> Rules => _rules.All;

    /// <summary>The channels for which notices wait, each with its notices.</summary>
    public IEnumerable<((string Namespace, string Channel) Channel, IEnumerable<AlertNoticeRecord> Notices)> Waiting =>
        _notices.ByPlace;

    public void Put(AlertRow row, bool isGone)
    {
        switch (row)
        {
            case AlertChannelRecord channel:
                _channels.Put(channel.Namespace, channel.Key, channel, isGone);
                break;
            case AlertRuleRecord rule:
                _rules.Put(rule.Namespace, rule.Key, rule, isGone);
                break;
            case AlertRecord alert:
                _alerts.Put((alert.Namespace, alert.Rule), alert.Key, alert, isGone);
                break;
            case AlertNoticeRecord notice:
                _notices.Put((notice.Namespace, notice.Notice.Channel), notice.Key, notice, isGone);
                break;
            default:
                throw new InvalidOperationException($"A row of {row.Kind} is not known here.");
        }

        if (row is AlertNoticeRecord or AlertChannelRecord)
        {
            Interlocked.Exchange(ref _change, NewChange()).TrySetResult();
        }
    }

    public IEnumerable<AlertChannelRecord> ChannelsOf(string ns) => _channels.Of(ns);

    public IEnumerable<AlertRuleRecord> RulesOf(string ns) => _rules.Of(ns);

    /// <summary>The open alerts of a namespace.</summary>
    public IEnumerable<AlertRecord> AlertsOf(string ns) =>
        _alerts.ByPlace.Where(place => place.Place.Namespace == ns).SelectMany(place => place.Rows);

    /// <summary>The open alerts of a rule.</summary>
    public IEnumerable<AlertRecord> AlertsOf(string ns, string rule) => _alerts.Of((ns, rule));

    public int CountAlerts(string ns, string rule) => _alerts.Count((ns, rule));

    public int CountWaiting(string ns, string channel) => _notices.Count((ns, channel));

    public AlertChannelRecord? FindChannel(string ns, string name) => _channels.Find(ns, name);

    public AlertRuleRecord? FindRule(string ns, string name) => _rules.Find(ns, name);

    public AlertNoticeRecord? FindNotice(string ns, string channel, Guid id) =>
        _notices.Find((ns, channel), AlertNoticeRecord.KeyOf(id));

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
