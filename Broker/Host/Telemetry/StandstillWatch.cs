using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Telemetry;

/// <summary>
/// Logs and counts the things that the Broker cannot serve because it does not understand them: schedules that stand
/// still, and rows of the store that were left out. The watch also logs when a clock was set.
/// </summary>
internal sealed class StandstillWatch : IDisposable
{
    public const string SchedulesName = "schedulezero.broker.schedules.stopped";
    public const string RowsName = "schedulezero.broker.store.unreadable";
    public const string NamespaceTag = "namespace";
    public const string ScheduleTag = "schedule";
    public const string ReasonTag = "reason";
    public const string KindTag = "kind";

    /// <summary>The most schedules that the metric names; more may stand still.</summary>
    public const int SchedulesMax = 1_000;

    private readonly Meter _meter = new(BrokerMeter.Name);
    private readonly ILogger<StandstillWatch> _logger;
    private readonly ConcurrentDictionary<(string Namespace, string Schedule), string> _stopped = new();

    /// <summary>Makes the watch.</summary>
    /// <param name="unreadable">Returns the rows that were left out; called whenever the metric is read.</param>
    public StandstillWatch(Func<IReadOnlyList<UnreadableRow>> unreadable, ILogger<StandstillWatch> logger)
    {
        _logger = logger;
        _meter.CreateObservableGauge(
            SchedulesName,
            Stopped,
            "{schedule}",
            "Schedules that stand still because their trigger or a calendar is not understood here."
        );
        _meter.CreateObservableGauge(
            RowsName,
            () => Rows(unreadable()),
            "{row}",
            "Rows of the store that this start could not understand."
        );
    }

    /// <summary>Examines an event; called with every event.</summary>
    public void Observe(Happened happened)
    {
        switch (happened.Type)
        {
            case "schedule.stopped":
                _stopped[(happened.Namespace, happened.Subject)] = happened.Detail ?? "";
                _logger.ScheduleStopped(happened.Subject, happened.Namespace, happened.Detail);
                break;
            case "schedule.wentOn" when _stopped.TryRemove((happened.Namespace, happened.Subject), out _):
                _logger.ScheduleWentOn(happened.Subject, happened.Namespace);
                break;
            case "clock.set":
                _logger.ClockSet(happened.Detail);
                break;
            case "schedule.deleted":
                _stopped.TryRemove((happened.Namespace, happened.Subject), out _);
                break;
            default:
                break; // Other events are not about standing still.
        }
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Stopped() =>
        _stopped
            .Take(SchedulesMax)
            .Select(stopped => new Measurement<int>(
                1,
                new(NamespaceTag, stopped.Key.Namespace),
                new(ScheduleTag, stopped.Key.Schedule),
                new(ReasonTag, stopped.Value)
            ));

    private static IEnumerable<Measurement<int>> Rows(IReadOnlyList<UnreadableRow> rows) =>
        rows.CountBy(row => row.Kind)
            .Select(count => new Measurement<int>(
                count.Value,
                new KeyValuePair<string, object?>(KindTag, $"{count.Key}".ToLowerInvariant())
            ));
}
