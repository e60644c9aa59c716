using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>When a handler's connection is closed because no Hello came.</summary>
internal sealed class HelloWatchTests
{
    private static readonly BridgeLimits Limits = new();
    private readonly FakeTimeProvider _time = new();
    private HelloWatch _watch = null!;

    [SetUp]
    public void Open() => _watch = new HelloWatch(Limits, _time);

    [TestCase(false, ErrorCodes.Invalid)]
    [TestCase(true, ErrorCodes.Unavailable)]
    public void Without_a_Welcome_the_connection_ends_and_who_said_Hello_may_return(bool saidHello, string code)
    {
        if (saidHello)
        {
            _watch.Asked(MessageKind.Hello);
        }

        Assert.That(OverdueAfter(Limits.HelloDeadline - TimeSpan.FromSeconds(1)), Is.Null);
        Assert.That(OverdueAfter(TimeSpan.FromSeconds(1))?.Code, Is.EqualTo(code));
        Assert.That(_watch.MayReturnAfter(code), Is.EqualTo(saidHello));
    }

    [Test]
    public void A_Greet_that_is_not_answered_ends_the_connection_however_often_it_is_said()
    {
        Welcome();
        _watch.Sent(MessageKind.Greet);
        _time.Advance(Limits.GreetDeadline - TimeSpan.FromSeconds(1));
        _watch.Sent(MessageKind.Greet);
        _watch.Asked(MessageKind.Challenge);
        Assert.That(OverdueAfter(TimeSpan.Zero), Is.Null);
        Assert.That(OverdueAfter(TimeSpan.FromSeconds(1))?.Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(_watch.MayReturnAfter(ErrorCodes.Unavailable), Is.True);
    }

    [Test]
    public void A_handler_that_answers_a_Greet_stays()
    {
        Welcome();
        _watch.Sent(MessageKind.Greet);
        _watch.Asked(MessageKind.Hello);
        Assert.That(OverdueAfter(TimeSpan.FromHours(1)), Is.Null);
    }

    [Test]
    public void A_Hello_that_crosses_a_Greet_answers_it()
    {
        Welcome();
        _watch.Asked(MessageKind.Hello);
        _watch.Sent(MessageKind.Greet);
        _watch.Sent(MessageKind.Welcome);
        Assert.That(OverdueAfter(TimeSpan.FromHours(1)), Is.Null);
    }

    [Test]
    public void While_no_Broker_is_in_reach_no_Hello_is_due()
    {
        Welcome();
        _watch.Sent(MessageKind.Greet);
        _watch.Sent(MessageKind.Hold);
        Assert.That(OverdueAfter(TimeSpan.FromHours(1)), Is.Null);
        _watch.Sent(MessageKind.Greet);
        Assert.That(OverdueAfter(Limits.GreetDeadline), Is.Not.Null);
    }

    [TestCase(ErrorCodes.Revoked)]
    [TestCase(ErrorCodes.Forbidden)]
    [TestCase(ErrorCodes.Superseded)]
    [TestCase(ErrorCodes.Unauthenticated)]
    [TestCase(ErrorCodes.Invalid)]
    public void Whoever_is_not_wanted_is_closed_for_good(string code)
    {
        Welcome();
        Assert.That(_watch.MayReturnAfter(code), Is.False);
    }

    private void Welcome()
    {
        _watch.Asked(MessageKind.Hello);
        _watch.Sent(MessageKind.Welcome);
    }

    private Close? OverdueAfter(TimeSpan wait)
    {
        _time.Advance(wait);
        return _watch.Overdue(_time.GetTimestamp());
    }
}
