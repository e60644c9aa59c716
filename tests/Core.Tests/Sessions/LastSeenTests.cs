using ScheduleZero.Broker.Core;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>
/// The time at which a handler was last seen is that of its last sign of life, not that of its connect.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LastSeenTests
{
    private readonly Stage _stage = new();

    private DateTimeOffset? Seen => _stage.Look(state => state.Handlers("default").Single().LastSeenAt);

    [Test]
    public void A_heartbeat_is_a_sign_of_life_that_shows_at_once()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        peer.Live(TimeSpan.FromMinutes(10), 1);
        Assert.That(Seen, Is.EqualTo(Stage.Noon.AddMinutes(10)));
        _stage.Advance(20);
        Assert.That(Seen, Is.EqualTo(Stage.Noon.AddMinutes(10)), "silence is no sign of life");
    }

    [Test]
    public void A_report_is_a_sign_of_life_too_and_keeps_the_session_without_heartbeats()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        for (var seconds = 0; seconds < 60; seconds += 5)
        {
            _stage.Advance(5);
            peer.Pong();
        }

        Assert.That(_stage.ClosedOn(1), Is.Empty);
        Assert.That(Seen, Is.EqualTo(Stage.Noon.AddSeconds(60)));
    }

    [Test]
    public void It_is_written_down_seldom()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var written = 0;
        for (var beat = 0; beat < 7200; beat += 5)
        {
            _stage.Advance(5);
            written += peer.Heartbeat(1).Changes.OfType<Change.HandlerSaved>().Count();
            peer.Pong();
        }

        Assert.That(written, Is.EqualTo(2), "the time is stored once an hour");
        Assert.That(_stage.Kept.Handlers.Values.Single().LastSeenAt, Is.GreaterThanOrEqualTo(Stage.Noon.AddHours(1.9)));
    }

    [Test]
    public void The_end_of_its_session_and_a_start_of_the_broker_keep_it()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        peer.Live(TimeSpan.FromMinutes(10), 1);
        peer.Drop();
        _stage.Advance(60);
        Assert.That(Seen, Is.EqualTo(Stage.Noon.AddMinutes(10)));
        _stage.Restart();
        Assert.That(Seen, Is.EqualTo(Stage.Noon.AddMinutes(10)));
    }
}
