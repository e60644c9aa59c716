using System.Collections.ObjectModel;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>
/// Holds the channels, the rules, the open alerts and the notices that no channel has taken yet. The timer of an alert
/// fires when people are to be told, or when the alert may end.
/// </summary>
internal sealed class AlertTable(TimerHeap wall)
{
    private readonly Dictionary<(string Namespace, string Name), AlertChannelRecord> _channels = [];
    private readonly Dictionary<string, Dictionary<string, AlertRuleRecord>> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Rule), Dictionary<string, Slot>> _alerts = [];
    private readonly Dictionary<Guid, AlertNoticeRecord> _notices = [];

    /// <summary>The notices that wait, by channel.</summary>
    private readonly Dictionary<(string Namespace, string Channel), HashSet<Guid>> _waiting = [];

    /// <summary>The numbers of open alerts, by namespace.</summary>
    private readonly Dictionary<string, int> _alertCounts = new(StringComparer.Ordinal);

    /// <summary>The rules that are switched on and watch for events, by namespace.</summary>
    private readonly Dictionary<string, List<AlertRuleRecord>> _eventRules = new(StringComparer.Ordinal);

    /// <summary>How many names the table remembers the rules of.</summary>
    private const int WatchedMax = 10_000;

    /// <summary>The rules that watch an event of this name, as far as somebody asked.</summary>
    private readonly Dictionary<
        (string Namespace, AlertCondition Condition, string Name),
        IReadOnlyList<AlertRuleRecord>
    > _watched = [];

    /// <summary>The place of one open alert, with its timer.</summary>
    public sealed class Slot(AlertRecord alert) : Timed
    {
        /// <summary>The alert as it is now, which may be ahead of its row.</summary>
        public AlertRecord Alert { get; set; } = alert;

        /// <summary>When the row was saved last; null when the row is what a start has read.</summary>
        public DateTimeOffset? SavedAt { get; set; }

        /// <summary>Whether the alert is ahead of its row.</summary>
        public bool IsUnsaved { get; set; }
    }

    /// <summary>Whether any rule watches for events.</summary>
    public bool WatchesEvents => _eventRules.Count > 0;

    public AlertChannelRecord? FindChannel(string ns, string name) => _channels.GetValueOrDefault((ns, name));

    public AlertRuleRecord? FindRule(string ns, string name) => RulesOf(ns).GetValueOrDefault(name);

    public AlertNoticeRecord? FindNotice(Guid id) => _notices.GetValueOrDefault(id);

    public int CountChannels(string ns) => _channels.Keys.Count(key => key.Namespace == ns);

    public int CountRules(string ns) => RulesOf(ns).Count;

    /// <summary>The rules of the namespace that name a channel.</summary>
    public IEnumerable<AlertRuleRecord> Naming(string ns, string channel) =>
        RulesOf(ns).Values.Where(rule => rule.Channels.Contains(channel));

    /// <summary>
    /// The rules that are switched on and watch an event of this name. The answer is remembered, because many jobs of a
    /// method may fail at once, and a namespace may have thousands of patterns.
    /// </summary>
    public IReadOnlyList<AlertRuleRecord> EventRules(string ns, AlertCondition condition, string name)
    {
        if (!_eventRules.TryGetValue(ns, out var rules))
        {
            return [];
        }

        var key = (ns, condition, name);
        if (!_watched.TryGetValue(key, out var watching))
        {
            if (_watched.Count >= WatchedMax)
            {
                _watched.Clear();
            }

            _watched[key] = watching = [.. rules.Where(rule => rule.LooksFor(condition) && rule.Watches(name))];
        }

        return watching;
    }

    /// <summary>The open alerts of all rules.</summary>
    public IEnumerable<Slot> Alerts => _alerts.Values.SelectMany(slots => slots.Values);

    /// <summary>The open alerts of a rule.</summary>
    public IReadOnlyCollection<Slot> AlertsOf(AlertRuleRecord rule) =>
        _alerts.TryGetValue((rule.Namespace, rule.Name), out var slots) ? slots.Values : [];

    public Slot? FindAlert(AlertRuleRecord rule, string subject) =>
        _alerts.GetValueOrDefault((rule.Namespace, rule.Name))?.GetValueOrDefault(subject);

    /// <summary>The notices that wait for a channel.</summary>
    public IEnumerable<AlertNoticeRecord> WaitingFor(string ns, string channel) =>
        _waiting.TryGetValue((ns, channel), out var ids) ? ids.Select(id => _notices[id]) : [];

    public int CountAlerts(string ns) => _alertCounts.GetValueOrDefault(ns);

    public int CountWaiting(string ns, string channel) =>
        _waiting.TryGetValue((ns, channel), out var ids) ? ids.Count : 0;

    /// <summary>All rows of a namespace, those first that others stand on.</summary>
    public IEnumerable<AlertRow> In(string ns) =>
        _waiting
            .Where(entry => entry.Key.Namespace == ns)
            .SelectMany(entry => entry.Value.Select(id => _notices[id]))
            .Concat<AlertRow>(
                _alerts
                    .Where(entry => entry.Key.Namespace == ns)
                    .SelectMany(entry => entry.Value.Values.Select(slot => slot.Alert))
            )
            .Concat(RulesOf(ns).Values)
            .Concat(_channels.Values.Where(channel => channel.Namespace == ns));

    public void Restore(AlertRow row) => Put(row);

    public void Save(AlertRow row, Decision decision)
    {
        Put(row);
        decision.Changes.Add(new Change.AlertRowSaved(row));
        decision.Effects.Add(new Effect.AlertRowChanged(row, IsGone: false));
    }

    public void Delete(AlertRow row, Decision decision)
    {
        Remove(row);
        decision.Changes.Add(new Change.AlertRowDeleted(row.Kind, row.Namespace, row.Key));
        decision.Effects.Add(new Effect.AlertRowChanged(row, IsGone: true));
    }

    /// <summary>Saves an open alert, and sets its timer.</summary>
    public void SaveAlert(Slot slot, DateTimeOffset due, Decision decision)
    {
        (slot.SavedAt, slot.IsUnsaved) = (decision.Now.Wall, false);
        Save(slot.Alert, decision);
        wall.Set(slot, due.UtcTicks);
    }

    /// <summary>Sets the timer of an alert without saving the alert.</summary>
    public void SetTimer(Slot slot, DateTimeOffset due) => wall.Set(slot, due.UtcTicks);

    private void Put(AlertRow row)
    {
        switch (row)
        {
            case AlertChannelRecord channel:
                _channels[(channel.Namespace, channel.Name)] = channel;
                break;
            case AlertRuleRecord rule:
                PutRule(rule);
                ListEventRules(rule.Namespace);
                break;
            case AlertRecord alert:
                PutAlert(alert);
                break;
            case AlertNoticeRecord notice:
                PutNotice(notice);
                break;
            default:
                throw new InvalidOperationException($"A row of {row.Kind} is not known here.");
        }
    }

    private IReadOnlyDictionary<string, AlertRuleRecord> RulesOf(string ns) =>
        _rules.TryGetValue(ns, out var rules) ? rules : ReadOnlyDictionary<string, AlertRuleRecord>.Empty;

    private void PutRule(AlertRuleRecord rule)
    {
        if (!_rules.TryGetValue(rule.Namespace, out var rules))
        {
            _rules[rule.Namespace] = rules = new Dictionary<string, AlertRuleRecord>(StringComparer.Ordinal);
        }

        rules[rule.Name] = rule;
    }

    private void RemoveRule(AlertRuleRecord rule)
    {
        if (_rules.TryGetValue(rule.Namespace, out var rules) && rules.Remove(rule.Name) && rules.Count == 0)
        {
            _rules.Remove(rule.Namespace);
        }
    }

    private void PutNotice(AlertNoticeRecord notice)
    {
        _notices[notice.Notice.Id] = notice;
        var channel = (notice.Namespace, notice.Notice.Channel);
        if (!_waiting.TryGetValue(channel, out var ids))
        {
            _waiting[channel] = ids = [];
        }

        ids.Add(notice.Notice.Id);
    }

    private void RemoveNotice(AlertNoticeRecord notice)
    {
        var channel = (notice.Namespace, notice.Notice.Channel);
        _notices.Remove(notice.Notice.Id);
        if (_waiting.TryGetValue(channel, out var ids) && ids.Remove(notice.Notice.Id) && ids.Count == 0)
        {
            _waiting.Remove(channel);
        }
    }

    private void PutAlert(AlertRecord alert)
    {
        var rule = (alert.Namespace, alert.Rule);
        if (!_alerts.TryGetValue(rule, out var slots))
        {
            _alerts[rule] = slots = new Dictionary<string, Slot>(StringComparer.Ordinal);
        }

        if (slots.TryGetValue(alert.Subject, out var slot))
        {
            slot.Alert = alert;
            return;
        }

        slots[alert.Subject] = slot = new Slot(alert);
        _alertCounts[alert.Namespace] = CountAlerts(alert.Namespace) + 1;
        // An alert that a start has read is looked at once, whatever the clock says; that look sets the timer.
        wall.Set(slot, 0);
    }

    private void Remove(AlertRow row)
    {
        switch (row)
        {
            case AlertChannelRecord channel:
                _channels.Remove((channel.Namespace, channel.Name));
                break;
            case AlertRuleRecord rule:
                RemoveRule(rule);
                ListEventRules(rule.Namespace);
                break;
            case AlertRecord alert:
                RemoveAlert(alert);
                break;
            case AlertNoticeRecord notice:
                RemoveNotice(notice);
                break;
            default:
                throw new InvalidOperationException($"A row of {row.Kind} is not known here.");
        }
    }

    private void RemoveAlert(AlertRecord alert)
    {
        if (
            _alerts.TryGetValue((alert.Namespace, alert.Rule), out var slots)
            && slots.Remove(alert.Subject, out var slot)
        )
        {
            TimerHeap.Clear(slot);
            if (--_alertCounts[alert.Namespace] == 0)
            {
                _alertCounts.Remove(alert.Namespace);
            }

            if (slots.Count == 0)
            {
                _alerts.Remove((alert.Namespace, alert.Rule));
            }
        }
    }

    private void ListEventRules(string ns)
    {
        _watched.Clear();
        var rules = RulesOf(ns)
            .Values.Where(rule => rule is { WatchesEvents: true, Disabled: false })
            .OrderBy(rule => rule.Name, StringComparer.Ordinal)
            .ToList();
        if (rules.Count > 0)
        {
            _eventRules[ns] = rules;
        }
        else
        {
            _eventRules.Remove(ns);
        }
    }
}
