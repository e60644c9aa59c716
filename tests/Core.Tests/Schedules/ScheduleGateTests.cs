using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>The explanation of a schedule says of each gate why it is open, or what will open it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ScheduleGateTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private readonly Stage _stage = new();

    private ScheduleExplanation Explained => _stage.Look(state => state.ExplainSchedule("default", "s"))!;

    private ScheduleGateView Closed => Explained.Gates[^1];

    private void Save(Func<Schedule, Schedule>? with = null)
    {
        var draft = ScheduleTests.Draft(EveryMinute);
        ScheduleTests.Save(_stage, with is null ? draft : with(draft));
    }

    private static ScheduleGateView Open(ScheduleGateCode code, string sentence) => new(code, Passed: true, sentence);

    private static ScheduleGateView Held(
        ScheduleGateCode code,
        string sentence,
        string opensWhen,
        DateTimeOffset? opensAt = null
    ) => new(code, Passed: false, sentence, opensWhen, opensAt);

    [Test]
    public void Schedule_that_waits_for_its_instant_has_passed_every_gate_before()
    {
        Save();
        _stage.Advance(1);
        _stage.Do(new BrokerInput.CancelJob(new UncalledTicket(), "default", _stage.Kept.Made.Single().Id, null));
        var next = Stage.Noon.AddMinutes(1);
        ScheduleGateView[] before =
        [
            Open(ScheduleGateCode.Paused, "It is not paused."),
            Open(ScheduleGateCode.Stopped, "Its trigger and calendars are understood here."),
            Open(ScheduleGateCode.Kept, "No handler keeps it."),
            Open(ScheduleGateCode.DiskFull, "The Broker's disk does not hold it up."),
            Open(ScheduleGateCode.Overlap, "The job of the occurrence before has ended."),
            Open(ScheduleGateCode.Excluded, "Its calendars leave something of what is to come."),
            Open(ScheduleGateCode.Ended, "More is to come."),
        ];
        var notDue = Held(ScheduleGateCode.NotDue, "Its next instant has not come.", "The instant comes.", next);
        Assert.That(Explained.Gates, Is.EqualTo(before.Append(notDue)));

        _stage.Move(next - _stage.Wall);
        var hasCome = Open(ScheduleGateCode.NotDue, "Its instant has come.");
        var due = Held(ScheduleGateCode.Due, "It is due, and the Broker is at it.", "The Broker has come to it.");
        Assert.That(Explained.Gates, Is.EqualTo(before.Append(hasCome).Append(due)));
    }

    [Test]
    public void Pause_without_note_and_end_ends_when_somebody_resumes()
    {
        Save();
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(t, Stage.Editor, "default", "s", null, null));
        Assert.That(Closed, Is.EqualTo(Held(ScheduleGateCode.Paused, "It is paused.", "It is resumed.")));
    }

    [Test]
    public void Schedule_that_came_due_on_a_full_disk_waits_for_room_and_no_longer()
    {
        Save();
        _stage.Advance(1);
        _stage.Do(new BrokerInput.DiskSeen(DiskLevel.Low, 0));
        _stage.Advance(60);
        Assert.That(
            Closed,
            Is.EqualTo(
                Held(
                    ScheduleGateCode.DiskFull,
                    "Its time has come, and the Broker's disk is nearly full: schedules stand still.",
                    "The disk has room again; then the misfire policy says what becomes of what was due."
                )
            )
        );
        _stage.Do(new BrokerInput.DiskSeen(DiskLevel.Enough, 1_000_000));
        _stage.Advance(1);
        Assert.That(ScheduleTests.MinutesMade(_stage), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(Closed.Gate, Is.EqualTo(ScheduleGateCode.NotDue));
    }

    [Test]
    public void Occurrence_that_waits_for_the_one_before_names_its_own_instant_and_the_job()
    {
        Save(draft => draft with { Overlap = OverlapPolicy.Queue });
        _stage.Advance(60);
        var job = _stage.Kept.Made.Single().Id;
        Assert.That(
            Closed,
            Is.EqualTo(
                Held(
                    ScheduleGateCode.Overlap,
                    $"The occurrence of 2026-06-01 12:01:00Z waits for job {job}, that of the occurrence before.",
                    "That job ends."
                )
            )
        );
    }

    [Test]
    public void Calendars_that_leave_nothing_are_named_with_the_next_instant_that_they_exclude()
    {
        var never = new CalendarRecord
        {
            Namespace = "default",
            Name = "never",
            Version = 0,
            Weekdays = Enum.GetValues<DayOfWeek>(),
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };
        _stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, never, true, null));
        Save(draft => draft with { ExcludeCalendars = ["never"] });
        _stage.Advance(60);
        Assert.That(
            Closed,
            Is.EqualTo(
                Held(
                    ScheduleGateCode.Excluded,
                    "Its trigger is due again at 2026-06-01 12:01:00Z, but its calendars exclude that and all that "
                        + "is to come: excluded by calendar never.",
                    "A calendar is changed, or the schedule is saved without it."
                )
            ),
            "an instant that comes just now is the next one"
        );
    }

    [Test]
    public void Instant_that_may_have_been_served_while_the_clock_stood_ahead_waits_for_the_store()
    {
        _stage.StoreAnswers = false;
        Save();
        _stage.Advance(53);
        _stage.Wall += TimeSpan.FromHours(2);
        _stage.Advance(7);
        _stage.Wall -= TimeSpan.FromHours(2);
        _stage.Do();
        const string Ahead =
            " The Broker's clock stood ahead, at 2026-06-01 14:01:00Z at least, and was set back: instants up to "
            + "then that have their jobs already are left out.";
        Assert.That(
            Closed,
            Is.EqualTo(
                Held(
                    ScheduleGateCode.NotDue,
                    $"Its next instant has not come.{Ahead}",
                    "The instant comes.",
                    Stage.Noon.AddMinutes(2)
                )
            )
        );

        _stage.Move(TimeSpan.FromMinutes(1));
        Assert.That(
            Closed.Sentence,
            Is.EqualTo("It is due, and the Broker is at it."),
            "nobody has asked the store yet"
        );
        _stage.Do();
        Assert.That(
            Closed,
            Is.EqualTo(
                Held(
                    ScheduleGateCode.Due,
                    $"It is due, and the store is asked whether it has its job already.{Ahead}",
                    "The store answers."
                )
            )
        );
    }

    [Test]
    public void Schedule_without_a_next_instant_says_whether_trigger_end_or_count_is_the_reason()
    {
        Save(draft => draft with { EndAt = Stage.Noon.AddSeconds(90) });
        _stage.Advance(89);
        Assert.That(
            Closed,
            Is.EqualTo(Ended("Its trigger is not due again.")),
            "no instant lies between now and the end"
        );
        _stage.Advance(1);
        Assert.That(Closed, Is.EqualTo(Ended("It ended at 2026-06-01 12:01:30Z.")));
        Save(draft => draft with { MaxOccurrences = 2, EndAt = Stage.Noon.AddSeconds(90) });
        Assert.That(Closed, Is.EqualTo(Ended("It has made as many jobs as it may: 2.")));

        static ScheduleGateView Ended(string sentence) =>
            Held(ScheduleGateCode.Ended, sentence, "It is saved with more to come.");
    }
}
