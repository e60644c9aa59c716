using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>Reports that make no sense: eight of them on one connection close it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StrikeTests
{
    private const string TooMany = "Too many reports that make no sense; the last was ";
    private const string OfNone = "an event without attemptId.";
    private const string EndOfNone = "a final event without attemptId, or with another's token.";

    private readonly Stage _stage = new();

    private (string Code, string Reason) Closed(long connection)
    {
        var closed = _stage.ClosedOn(connection).Single();
        return (closed.Code, closed.Reason);
    }

    private static void Repeat(int times, Action act)
    {
        for (var i = 0; i < times; i++)
        {
            act();
        }
    }

    private static ReportEvent Of(AttemptId attempt, string type) => new() { Type = type, AttemptId = attempt };

    [TestCase(ReportEventTypes.Started, OfNone)]
    [TestCase(ReportEventTypes.Progress, OfNone)]
    [TestCase(ReportEventTypes.Log, OfNone)]
    [TestCase(ReportEventTypes.Succeeded, EndOfNone)]
    [TestCase(ReportEventTypes.Failed, EndOfNone)]
    [TestCase(ReportEventTypes.Cancelled, EndOfNone)]
    [TestCase(ReportEventTypes.Rejected, EndOfNone)]
    public void Event_without_an_attempt_makes_no_sense(string type, string last)
    {
        var peer = _stage.Join(1, "h", 1, "m");
        Repeat(7, () => peer.Say(new ReportEvent { Type = type }));
        Assert.That(_stage.ClosedOn(1), Is.Empty);
        peer.Say(new ReportEvent { Type = type });
        Assert.That(Closed(1), Is.EqualTo((ErrorCodes.Forbidden, TooMany + last)));
    }

    [TestCase(ReportEventTypes.Started)]
    [TestCase(ReportEventTypes.Progress)]
    [TestCase(ReportEventTypes.Log)]
    [TestCase(ReportEventTypes.Succeeded)]
    public void Report_on_the_attempt_of_another_handler_makes_no_sense_and_changes_nothing(string type)
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var job = _stage.Enqueue("m");
        var before = _stage.Kept.Find(job);
        var told = Of(peer.Assigned[0], type) with { Percent = 50, Message = "mine" };
        var liar = _stage.Join(2, "liar", 1, "n");
        Repeat(7, () => liar.Say(told));
        Assert.That(_stage.ClosedOn(2), Is.Empty);
        liar.Say(told);
        Assert.That(Closed(2), Is.EqualTo((ErrorCodes.Forbidden, TooMany + "a report on another handler's attempt.")));
        Assert.That(
            _stage.Look(state => state.FindJob("default", job)),
            Is.EqualTo(((Job, double?, string?)?)(before, null, null))
        );
        Assert.That(_stage.Kept.Lines, Is.Empty);
    }

    [Test]
    public void Late_result_that_another_handler_reports_leaves_the_history_as_it_is()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue("m");
        var lost = peer.Assigned[0];
        _stage.Do(new BrokerInput.ByeSaid(1, "done"));
        var liar = _stage.Join(2, "liar", 1, "n");
        liar.Say(ReportEventTypes.Succeeded, lost);
        Assert.That(liar.Acknowledged(lost), Is.EqualTo("superseded"));
        Assert.That(_stage.Kept.Superseded, Is.Empty);
        Assert.That(_stage.Kept.Find(lost.Job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Lost));
    }

    [Test]
    public void End_of_an_attempt_with_the_token_of_another_makes_no_sense_and_is_not_acknowledged()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue("m");
        var open = peer.Assigned[0];
        var told = Of(open, ReportEventTypes.Succeeded) with { FencingToken = open.Token + 1 };
        Repeat(7, () => peer.Say(told));
        Assert.That(peer.Acknowledged(open), Is.Null);
        Assert.That(_stage.ClosedOn(1), Is.Empty);
        peer.Say(told);
        Assert.That(_stage.ClosedOn(1), Has.Count.EqualTo(1));
    }

    [Test]
    public void Events_after_the_one_that_closes_the_connection_are_not_heard()
    {
        var peer = _stage.Join(1, "h", 2, "m");
        var job = _stage.Enqueue("m");
        var senseless = Enumerable.Repeat(new ReportEvent { Type = ReportEventTypes.Log }, 8);
        peer.Say([.. senseless, Of(peer.Assigned[0], ReportEventTypes.Succeeded)]);
        Assert.That(peer.Acknowledged(peer.Assigned[0]), Is.Null);
        Assert.That(_stage.Kept.Finished.Keys, Has.None.EqualTo(job));
    }

    [Test]
    public void Strikes_are_counted_anew_on_each_connection()
    {
        var hello = Stage.HelloOf("h", 1, ["m"]);
        var first = _stage.Join(1, hello);
        Repeat(7, () => first.Say(new ReportEvent { Type = ReportEventTypes.Log }));
        var second = _stage.Join(2, hello);
        Repeat(7, () => second.Say(new ReportEvent { Type = ReportEventTypes.Log }));
        Assert.That(_stage.ClosedOn(2), Is.Empty);
    }

    [TestCase(ReportEventTypes.Started)]
    [TestCase(ReportEventTypes.Progress)]
    [TestCase(ReportEventTypes.Log)]
    public void Events_of_an_own_attempt_that_has_ended_are_passed_over(string type)
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue("m");
        var open = peer.Assigned[0];
        peer.Say(ReportEventTypes.Succeeded, open);
        _stage.Forget();
        Repeat(20, () => peer.Say(Of(open, type)));
        Assert.That(_stage.Said, Is.Empty);
    }

    [Test]
    public void Another_session_of_the_same_handler_changes_nothing_about_an_attempt_and_makes_no_strike()
    {
        var first = _stage.Join(1, Stage.HelloOf("h", 1, ["m"], "one"));
        var job = _stage.Enqueue("m");
        var second = _stage.Join(2, Stage.HelloOf("h", 0, ["m"], "two"));
        Repeat(20, () => second.Say(Of(first.Assigned[0], ReportEventTypes.Progress) with { Percent = 50 }));
        second.Say(ReportEventTypes.Succeeded, first.Assigned[0]);
        Assert.That(_stage.ClosedOn(2), Is.Empty);
        Assert.That(_stage.Look(state => state.FindJob("default", job)!.Value.Percent), Is.Null);
        Assert.That(_stage.Kept.Find(job).Current, Is.Not.Null);
        Assert.That(second.Acknowledged(first.Assigned[0]), Is.EqualTo("superseded"));
    }

    [Test]
    public void Log_line_has_the_instant_that_the_handler_gives_or_that_of_its_arrival()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue("m");
        var line = Of(peer.Assigned[0], ReportEventTypes.Log) with { Level = "error", Message = "text" };
        _stage.Advance(5);
        peer.Say(line with { At = Stage.Noon.AddSeconds(2) }, line);
        Assert.That(
            _stage.Kept.Lines.Select(kept => (kept.At, kept.Token, kept.Level, kept.Message)),
            Is.EqualTo(
                new[] { (Stage.Noon.AddSeconds(2), 1, "error", "text"), (Stage.Noon.AddSeconds(5), 1, "error", "text") }
            )
        );
    }
}
