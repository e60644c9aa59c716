using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Telemetry;

namespace ScheduleZero.Host.Tests.Telemetry;

public sealed class StandstillWatchTests
{
    [Test]
    public void Schedules_that_stand_still_are_named_until_they_go_on_and_rows_are_counted_by_kind()
    {
        UnreadableRow[] rows =
        [
            new(StoredRowKind.Key, "k1", "odd"),
            new(StoredRowKind.Key, "k2", "odd"),
            new(StoredRowKind.Job, "j", "odd"),
        ];
        using var watch = new StandstillWatch(() => rows, NullLogger<StandstillWatch>.Instance);
        watch.Observe(new Happened("schedule.stopped", "watched", "a", DateTimeOffset.UnixEpoch, Detail: "no zone"));
        watch.Observe(new Happened("schedule.stopped", "watched", "b", DateTimeOffset.UnixEpoch, Detail: "no zone"));
        watch.Observe(new Happened("schedule.stopped", "watched", "c", DateTimeOffset.UnixEpoch, Detail: "no zone"));
        watch.Observe(new Happened("schedule.wentOn", "watched", "b", DateTimeOffset.UnixEpoch));
        watch.Observe(new Happened("schedule.deleted", "watched", "c", DateTimeOffset.UnixEpoch));

        var measured = Measure();
        Assert.That(
            measured.Where(line => line.Contains("watched", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "1 namespace=watched schedule=a reason=no zone" })
        );
        Assert.That(
            measured.Where(line => line.Contains("kind", StringComparison.Ordinal)),
            Is.EquivalentTo(new[] { "2 kind=key", "1 kind=job" })
        );
    }

    // Brokers of other tests measure too; all rows of their stores can be read.
    private static List<string> Measure()
    {
        var lines = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name is StandstillWatch.SchedulesName or StandstillWatch.RowsName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>(
            (_, value, tags, _) =>
                lines.Add($"{value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}")
        );
        listener.Start();
        listener.RecordObservableInstruments();
        return lines;
    }
}
