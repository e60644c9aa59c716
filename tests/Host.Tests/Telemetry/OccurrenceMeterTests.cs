using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Telemetry;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Fuzz;

namespace ScheduleZero.Host.Tests.Telemetry;

public sealed class OccurrenceMeterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public void What_became_of_instants_is_counted_by_outcome_and_namespace()
    {
        using var meter = new OccurrenceMeter();
        var counted = new ConcurrentQueue<string>();
        using var listener = Listen("metered", counted.Enqueue);
        foreach (
            var type in (string[])
                [
                    "schedule.fired",
                    "schedule.queued",
                    "schedule.missed",
                    "schedule.excluded",
                    "schedule.saved",
                    "job.enqueued",
                ]
        )
        {
            meter.Count(new Happened(type, "metered", "s", DateTimeOffset.UnixEpoch));
        }

        meter.Count(new Happened("schedule.missed", "metered", "s", DateTimeOffset.UnixEpoch, Count: 4096));
        Assert.That(counted, Is.EqualTo((string[])["1 fired", "1 queued", "1 missed", "1 excluded", "4096 missed"]));
    }

    [Test]
    public async Task A_broker_counts_its_own()
    {
        var counted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var broker = await RealBroker.StartAsync();
        using var listener = Listen("calm", one => counted.TrySetResult(one));
        await broker.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "once",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Once, At = TimeProvider.System.GetUtcNow() },
                Job = new JobRequest { Method = RealBroker.CalmMethod, Params = RawJson.Parse("""{"n":1}""") },
            }
        );
        Assert.That(await counted.Task.WaitAsync(Patience), Is.EqualTo("1 fired"));
    }

    // Brokers of other tests count too, in other namespaces.
    private static MeterListener Listen(string ns, Action<string> counted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name == OccurrenceMeter.Name)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (_, by, tags, _) =>
            {
                var named = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string?)tag.Value);
                if (named[OccurrenceMeter.NamespaceTag] == ns)
                {
                    counted($"{by} {named[OccurrenceMeter.OutcomeTag]}");
                }
            }
        );
        listener.Start();
        return listener;
    }
}
