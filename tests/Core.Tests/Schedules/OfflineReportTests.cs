using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Which reports of offline runs the Broker takes, and in which order it answers them.</summary>
public sealed class OfflineReportTests : OfflineFixture
{
    /// <summary>Takes a report in, and leaves its lookup in the store unanswered.</summary>
    private void Report(KeptSchedule copy, params OfflineRun[] runs) =>
        Stage.Do(new BrokerInput.RanSaid(2, copy, copy.ScheduleId, runs, Last: false));

    private List<Effect.LookUpOccurrences> Asked => [.. Stage.Said.OfType<Effect.LookUpOccurrences>()];

    private KeptSchedule ComeBack()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(2));
        Stage.Join(2, HelloOf());
        return copy;
    }

    [Test]
    public void Each_refusal_says_why()
    {
        var copy = ComeBack();
        Stage.Do(new BrokerInput.RanSaid(2, null, copy.ScheduleId, [Run(1)], Last: false));
        const string OfAnother = "The copy of the schedule was given to another handler, or to another store.";
        Tell(2, copy with { Namespace = "tenant-a" }, last: false, Run(1));
        Tell(2, copy with { Handler = "another" }, last: false, Run(1));
        Tell(2, copy with { Store = "another" }, last: false, Run(1));
        Tell(2, copy with { Trigger = new TriggerRequest { Kind = "moon" } }, last: false, Run(1));
        Tell(2, copy, last: false, Run(1), Run(1.5));
        Assert.That(
            Stage.SentTo<Taken>(2).Select(taken => (taken.ScheduleId, taken.Nominals.Count, taken.Refused)),
            Is.EqualTo(
                new (Guid, int, string?)[]
                {
                    (copy.ScheduleId, 1, "The copy of the schedule does not bear this Broker's signature."),
                    (copy.ScheduleId, 1, OfAnother),
                    (copy.ScheduleId, 1, OfAnother),
                    (copy.ScheduleId, 1, OfAnother),
                    (copy.ScheduleId, 1, "The copy's trigger is not understood here any more."),
                    (
                        copy.ScheduleId,
                        2,
                        $"{Stage.Noon.AddMinutes(1.5):O} is no instant that the copy of the schedule gave to the "
                            + "handler."
                    ),
                }
            )
        );
        Assert.That(
            Stage.Kept.AuditLines.Where(line => line.Contains("schedules:report", StringComparison.Ordinal)),
            Has.All.Contains($"schedule:{copy.ScheduleId}").And.Not.Empty
        );
    }

    [Test]
    public void The_first_instant_of_the_copy_is_the_brokers_and_its_last_is_the_handlers()
    {
        Stage.Advance(30); // The copy begins and ends at an instant of the schedule.
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Assert.That(copy.ValidFrom, Is.EqualTo(Stage.Noon.AddMinutes(1)), "otherwise this test shows nothing");
        Stage.Jump(copy.ValidUntil - Stage.Wall - OfflineStores.ClockSlack);
        Stage.Join(2, HelloOf());
        var last = (copy.ValidUntil - Stage.Noon).TotalMinutes;
        Tell(2, copy, last: false, Run(1));
        Assert.That(Stage.SentTo<Taken>(2).Single().Refused, Does.Contain($"{copy.ValidFrom:O} is no instant"));
        Tell(2, copy, last: false, Run(last));
        Assert.That(TakenOn(2), Is.EqualTo(new[] { last }), "the handler's clock may be ahead, within the slack");
        Stage.Jump(OfflineStores.ClockSlack);
        Tell(2, copy, last: false, Run(last + 1));
        Assert.That(Stage.SentTo<Taken>(2)[^1].Refused, Does.Contain("is no instant"), "the copy was over");
    }

    [Test]
    public void A_handler_that_has_nothing_to_report_is_not_refused_anything()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1);
        Assert.That(Stage.Kept.AuditLines, Has.None.Contains("schedules:report"));
        Assert.That(Stage.SentTo<Taken>(1), Is.Empty);
    }

    [Test]
    public void A_report_may_have_as_many_runs_as_the_limit_allows()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Jump(TimeSpan.FromMinutes(Limits.OfflineRunsMax));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, [.. Enumerable.Range(1, Limits.OfflineRunsMax).Select(minute => Run(minute))]);
        Assert.That(TakenOn(2), Is.EqualTo(Enumerable.Range(1, Limits.OfflineRunsMax)));
    }

    [Test]
    public void Reports_wait_for_each_other_and_the_next_is_asked_about_when_the_first_is_answered()
    {
        var copy = ComeBack();
        Report(copy, Run(1));
        Report(copy, Run(2));
        Assert.That(Asked, Has.Count.EqualTo(1));
        Stage.Answer(Asked[0]);
        Assert.That(TakenOn(2), Is.EqualTo(new[] { 1 }));
        Assert.That(Asked, Has.Count.EqualTo(2));
        Stage.Answer(Asked[0]);
        Assert.That(TakenOn(2), Is.EqualTo(new[] { 1 }), "an answer that was given before is ignored");
        Stage.Answer(Asked[1]);
        Assert.That(TakenOn(2), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Sixty_four_reports_may_wait_and_each_further_one_is_a_strike()
    {
        var copy = ComeBack();
        for (var i = 0; i < 64 + 7; i++)
        {
            Report(copy, Run(1));
        }

        Assert.That(Stage.ClosedOn(2), Is.Empty);
        Report(copy, Run(1));
        Assert.That(
            Stage.ClosedOn(2).Select(close => (close.Code, close.Reason)),
            Is.EqualTo(
                new[]
                {
                    (
                        ErrorCodes.Forbidden,
                        "Too many reports that make no sense; the last was offline runs that it cannot have, or too "
                            + "many at once."
                    ),
                }
            )
        );
    }

    [Test]
    public void A_report_is_a_sign_of_life()
    {
        var copy = ComeBack();
        Stage.Advance(20);
        Tell(2, copy, last: false, Run(1));
        Assert.That(
            Stage.Look(state => state.Handlers("default")).Single().LastSeenAt,
            Is.EqualTo(Stage.Noon.AddSeconds(170))
        );
    }
}
