using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Core.Tests.Dispatch;

/// <summary>When the tokens of a rate limit come back, to the tick.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RateWindowTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(64);
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly RateWindow _window = new(Period);

    private void Take(params double[] seconds) =>
        Array.ForEach(seconds, second => _window.TakeToken(Start + TimeSpan.FromSeconds(second)));

    private static TimeSpan After(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    private static Moment At(double seconds) => new(Stage.Noon.AddSeconds(seconds), After(seconds));

    [Test]
    public void Token_comes_back_exactly_a_period_after_it_was_taken()
    {
        Take(0);
        _window.Expire(Start + Period - Tick);
        Assert.That((_window.Taken, _window.IsEmpty), Is.EqualTo((1, false)));
        _window.Expire(Start + Period);
        Assert.That((_window.Taken, _window.IsEmpty), Is.EqualTo((0, true)));
        Assert.That(_window.NextReturn, Is.Null);
    }

    [Test]
    public void Tokens_that_lie_less_than_a_slice_apart_come_back_with_the_last_of_them()
    {
        Take(0, 0.25, 0.75);
        Assert.That(_window.NextReturn, Is.EqualTo(After(0.75) + Period));
        _window.Expire(After(0.5) + Period);
        Assert.That(_window.Taken, Is.EqualTo(3));
        _window.Expire(After(0.75) + Period);
        Assert.That(_window.Taken, Is.Zero);
    }

    [Test]
    public void Slice_begins_with_its_first_token_and_ends_a_64th_of_the_period_later()
    {
        Take(0, 0.75, 1, 1.5);
        Assert.That(
            _window.Save(At(2)),
            Is.EqualTo(
                new[] { new RateSlice(Stage.Noon.AddSeconds(0.75), 2), new RateSlice(Stage.Noon.AddSeconds(1.5), 2) }
            )
        );
        _window.Expire(After(0.75) + Period);
        Assert.That((_window.Taken, _window.NextReturn), Is.EqualTo((2, After(1.5) + Period)));
    }

    [TestCase(1, 6.0)]
    [TestCase(2, 4.0)]
    [TestCase(3, 2.0)]
    [TestCase(4, 2.0)]
    [TestCase(5, null)]
    [TestCase(6, null)]
    public void Limit_opens_when_fewer_tokens_than_it_are_taken(int limit, double? seconds)
    {
        Take(2, 2.5, 4, 6);
        var opens = _window.OpensAt(limit);
        var last = seconds == 2 ? 2.5 : seconds; // The two first tokens share a slice.
        Assert.That(opens, Is.EqualTo(last is { } at ? After(at) + Period : (TimeSpan?)null));
    }

    [Test]
    public void Window_with_another_period_has_the_same_starts_and_leaves_the_first_one_alone()
    {
        Take(0, 10);
        var longer = _window.Over(2 * Period);
        Assert.That((longer.Taken, longer.Period), Is.EqualTo((2, 2 * Period)));
        Assert.That(longer.NextReturn, Is.EqualTo(Start + (2 * Period)));
        longer.Expire(Start + (2 * Period));
        Assert.That((longer.Taken, _window.Taken), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Stored_window_goes_on_where_it_was()
    {
        Take(0, 10);
        var stored = _window.Save(At(20));
        // The steady clock of the next process begins anew.
        var next = new Moment(Stage.Noon.AddSeconds(30), TimeSpan.FromSeconds(7));
        var back = RateWindow.Restore(Period, stored, next);
        Assert.That(back.Taken, Is.EqualTo(2));
        Assert.That(back.NextReturn, Is.EqualTo(next.Steady + Period - TimeSpan.FromSeconds(30)));
        back.Expire(next.Steady + Period - TimeSpan.FromSeconds(30));
        Assert.That(back.NextReturn, Is.EqualTo(next.Steady + Period - TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void Stored_starts_of_more_than_a_period_ago_are_back_at_once()
    {
        Take(0, 10);
        var back = RateWindow.Restore(Period, _window.Save(At(20)), At(64));
        Assert.That((back.Taken, back.NextReturn), Is.EqualTo((1, After(74))));
    }

    [Test]
    public void Stored_start_that_lies_in_the_future_counts_as_of_now()
    {
        var back = RateWindow.Restore(Period, [new RateSlice(Stage.Noon.AddSeconds(60), 3)], At(1));
        Assert.That((back.Taken, back.NextReturn), Is.EqualTo((3, After(1) + Period)));
    }
}
