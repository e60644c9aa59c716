using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Namespaces;

/// <summary>How long attempts waited for a handler.</summary>
public sealed class StartLatencyTests
{
    [Test]
    public void Percentiles_are_waits_that_so_many_attempts_did_not_exceed()
    {
        var starts = new StartLatencies();
        for (var seconds = 100; seconds >= 1; seconds--)
        {
            starts.Add(Stage.Noon, At(seconds));
        }

        Assert.That(starts.Sum(At(100)), Is.EqualTo(new StartLatency(100, 50, 95, 99)));
    }

    [Test]
    public void Only_attempts_of_the_last_hour_count()
    {
        var starts = new StartLatencies();
        Assert.That(starts.Sum(At(0)), Is.Null);
        starts.Add(Stage.Noon, At(10));
        starts.Add(Stage.Noon.AddMinutes(30), At(1801));
        Assert.That(starts.Sum(At(3610))!.Attempts, Is.EqualTo(2));
        Assert.That(starts.Sum(At(3611)), Is.EqualTo(new StartLatency(1, 1, 1, 1)));
        Assert.That(starts.Sum(At(90_000)), Is.Null);
    }

    [Test]
    public void Only_the_newest_attempts_are_held()
    {
        var starts = new StartLatencies();
        starts.Add(Stage.Noon, At(1_000));
        for (var attempt = 0; attempt < StartLatencies.HeldMax; attempt++)
        {
            starts.Add(Stage.Noon, At(2));
        }

        Assert.That(starts.Sum(At(1_000)), Is.EqualTo(new StartLatency(StartLatencies.HeldMax, 2, 2, 2)));
    }

    [Test]
    public void Clock_that_was_set_back_makes_no_wait_negative()
    {
        var starts = new StartLatencies();
        starts.Add(Stage.Noon.AddHours(1), At(1));
        Assert.That(starts.Sum(At(1)), Is.EqualTo(new StartLatency(1, 0, 0, 0)));
    }

    [Test]
    public void Job_that_waits_for_a_handler_counts_from_the_instant_at_which_it_could_run()
    {
        var stage = new Stage();
        stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon.AddSeconds(10));
        stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon.AddHours(-5));
        stage.Advance(40);
        stage.Join(1, "h", 4, "m");
        Assert.That(stage.Look(state => state.StartLatency("default")), Is.EqualTo(new StartLatency(2, 30, 40, 40)));
        Assert.That(stage.Look(state => state.StartLatency("tenant-b")), Is.Null);
    }

    private static Moment At(double seconds) => new(Stage.Noon.AddSeconds(seconds), TimeSpan.FromSeconds(seconds));
}
