using System.Collections.Concurrent;
using ScheduleZero.Broker.Core.Alerts;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// The committed channels, rules, open alerts and notices, for those who read them, send them and look for conditions.
/// Safe from any thread; changed by the loop's speaker after a commit.
/// </summary>
internal sealed class AlertBoard
{
    private readonly ConcurrentDictionary<(AlertRowKind Kind, string Namespace, string Key), AlertRow> _rows = new();
    private volatile TaskCompletionSource _change = NewChange();

    /// <summary>A task that completes when a notice or channel changes after this call.</summary>
    public Task Change => _change.Task;

    public IEnumerable<AlertRuleRecord> Rules => Of<AlertRuleRecord>();

    public IEnumerable<AlertNoticeRecord> Notices => Of<AlertNoticeRecord>();

    public void Put(AlertRow row, bool isGone)
    {
        var key = (row.Kind, row.Namespace, row.Key);
        if (isGone)
        {
            _rows.TryRemove(key, out _);
        }
        else
        {
            _rows[key] = row;
        }

        if (row is AlertNoticeRecord or AlertChannelRecord)
        {
            Interlocked.Exchange(ref _change, NewChange()).TrySetResult();
        }
    }

    /// <summary>The rows of one kind in a namespace.</summary>
    public IEnumerable<T> In<T>(string ns)
        where T : AlertRow => Of<T>().Where(row => row.Namespace == ns);

    public AlertChannelRecord? FindChannel(string ns, string name) =>
        _rows.GetValueOrDefault((AlertRowKind.Channel, ns, name)) as AlertChannelRecord;

    public AlertRuleRecord? FindRule(string ns, string name) =>
        _rows.GetValueOrDefault((AlertRowKind.Rule, ns, name)) as AlertRuleRecord;

    public AlertNoticeRecord? FindNotice(string ns, Guid id) =>
        _rows.GetValueOrDefault((AlertRowKind.Notice, ns, AlertNoticeRecord.KeyOf(id))) as AlertNoticeRecord;

    private IEnumerable<T> Of<T>()
        where T : AlertRow => _rows.Values.OfType<T>();

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
