using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Compares the two clocks from decision to decision. So it notices that somebody has set the wall clock, and that the
/// Broker slept, because its machine was suspended or its process stopped.
/// </summary>
internal sealed class ClockWatch(
    CoreOptions options,
    ScheduleTable schedules,
    SessionTable sessions,
    Leases leases,
    AlertWatch alerts
)
{
    /// <summary>The moment of the last comparison.</summary>
    private Moment _last;

    /// <summary>Begins to compare, at a start of the Broker.</summary>
    public void Begin(Moment now) => _last = now;

    /// <summary>Compares the decision's moment with that of the last comparison.</summary>
    public void Compare(Decision decision)
    {
        var now = decision.Now;
        var (steady, wall) = (now.Steady - _last.Steady, now.Wall - _last.Wall);
        _last = now;
        DetectClockSet(wall, wall - steady, decision);
        DetectSleep(steady);
    }

    /// <param name="passed">By how much the wall clock has moved.</param>
    /// <param name="leap">By how much more the wall clock has moved than time has passed; negative for less.</param>
    private void DetectClockSet(TimeSpan passed, TimeSpan leap, Decision decision)
    {
        var ahead = 0;
        if (passed <= -ClockSetBack.StepMin)
        {
            ahead = schedules.SetBack(decision.Now.Wall);
            alerts.ClockSetBack(decision.Now.Wall);
        }

        if (leap.Duration() < options.ClockLeapThreshold)
        {
            return;
        }

        var what =
            leap > TimeSpan.Zero
                ? "forward: instants in between that nobody was there for are dealt with as the misfire policies say"
                : $"back: {ahead} schedules had gone ahead; their instants from now on that have no job are "
                    + "served when their time comes";
        decision.Effects.Add(
            new Effect.Publish(
                new Happened("clock.set", "", "clock", decision.Now.Wall, Detail: $"by {leap.Duration():c} {what}")
            )
        );
    }

    // A Broker that slept could not hear heartbeats, so the time of its sleep does not count against the leases.
    private void DetectSleep(TimeSpan gap)
    {
        if (gap < options.SleepThreshold)
        {
            return;
        }

        foreach (var session in sessions.All)
        {
            session.LastHeard += gap;
        }

        leases.ExtendAll(gap);
    }
}
