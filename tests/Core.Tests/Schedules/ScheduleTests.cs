using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Each nominal instant makes one job or leaves a row, whatever happens in between.</summary>
public sealed class ScheduleTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    internal static Schedule Draft(TriggerRequest trigger, string name = "s") =>
        new()
        {
            Id = new ScheduleId(new Guid(7, 7, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, (byte)name.Length)),
            Namespace = "default",
            Name = name,
            Version = 0,
            Trigger = trigger,
            Job = new JobSpec { Method = "m" },
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
        };

    internal static Schedule Save(Stage stage, Schedule draft) =>
        stage
            .Ask<Answer.ScheduleIs>(ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, draft, false, null))
            .Schedule;

    private static Schedule Pause(Stage stage, DateTimeOffset? resumeAt = null) =>
        stage
            .Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
                ticket,
                Stage.Editor,
                "default",
                "s",
                "note",
                resumeAt
            ))
            .Schedule;

    private static Schedule Resume(Stage stage) =>
        stage
            .Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"))
            .Schedule;

    internal static List<double> MinutesMade(Stage stage) =>
        [.. stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes)];

    internal static List<double> MinutesMissed(Stage stage) =>
        [.. InstantsMissed(stage).Select(nominal => (nominal - Stage.Noon).TotalMinutes)];

    /// <summary>Every missed instant, including those that share a row.</summary>
    internal static List<DateTimeOffset> InstantsMissed(Stage stage) =>
        [.. stage.Kept.Missed.SelectMany(row => InstantsOf(row, stage.Kept.Schedules[row.Id]))];

    private static List<DateTimeOffset> InstantsOf(Change.OccurrenceMissed row, Schedule schedule)
    {
        if (row.To is not { } last)
        {
            Assert.That(row.Count, Is.EqualTo(1));
            return [row.Nominal];
        }

        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out _)!;
        var instants = Instants.Between(clock, Exclusions.None, row.Nominal, last.AddTicks(1)).ToList();
        Assert.That(
            (instants[0], instants[^1], instants.Count),
            Is.EqualTo((row.Nominal, last, (int)row.Count)),
            "a row of several missed instants leaves none out"
        );
        return instants;
    }

    private static Schedule Now(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    [Test]
    public void An_edit_that_keeps_a_pause_keeps_its_note_and_its_end()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        Pause(stage, resumeAt: Stage.Noon + TimeSpan.FromMinutes(3));
        var edited = Save(stage, Draft(EveryMinute) with { Paused = true, Jitter = TimeSpan.FromSeconds(1) });
        Assert.That(
            (edited.Paused, edited.PauseNote, edited.ResumeAt),
            Is.EqualTo((true, "note", (DateTimeOffset?)Stage.Noon.AddMinutes(3)))
        );
        stage.Advance(TimeSpan.FromMinutes(4));
        Assert.That(Now(stage).Paused, Is.False);

        Pause(stage);
        edited = Save(stage, Draft(EveryMinute));
        Assert.That(
            (edited.Paused, edited.PauseNote, edited.ResumeAt),
            Is.EqualTo((false, (string?)null, (DateTimeOffset?)null))
        );
    }

    [Test]
    public void A_cron_schedule_makes_one_job_for_each_instant()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5 }));
        Assert.That(stage.Kept.Made.Select(job => job.CreatedBy), Is.All.EqualTo("schedule:s"));
        Assert.That(stage.Kept.Missed, Is.Empty);
        Assert.That(Now(stage).Occurrences, Is.EqualTo(6));
    }

    [Test]
    public void An_interval_does_not_drift_when_the_broker_is_late()
    {
        var stage = new Stage();
        Save(stage, Draft(new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(90) }));
        for (var i = 0; i < 300; i++)
        {
            stage.Advance(1.3);
        }

        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1.5, 3, 4.5, 6 }));
    }

    [Test]
    public void A_thousand_at_once_are_served_a_few_at_a_time_so_that_others_come_between()
    {
        var stage = new Stage();
        var once = new TriggerRequest { Kind = TriggerKinds.Once, At = Stage.Noon.AddMinutes(1) };
        for (var i = 0; i < 1_000; i++)
        {
            Save(
                stage,
                Draft(once, $"s{i}") with
                {
                    Id = new ScheduleId(new Guid(i, 7, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0)),
                }
            );
        }

        stage.Move(TimeSpan.FromMinutes(1));
        Assert.That(stage.Do().Changes, Has.Count.InRange(1, 600));
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.EqualTo(TimeSpan.Zero), "the Broker has more to do at once");
        Save(stage, Draft(EveryMinute, "between"));
        Assert.That(stage.Kept.Made, Has.Count.LessThan(1_000));
        stage.Jump(TimeSpan.Zero);
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence!.Schedule).Where(name => name != "between"),
            Is.Unique.And.Exactly(1_000).Items
        );
    }

    [Test]
    public void Once_is_once()
    {
        var stage = new Stage();
        Save(stage, Draft(new TriggerRequest { Kind = TriggerKinds.Once, At = Stage.Noon + TimeSpan.FromMinutes(2) }));
        stage.Advance(TimeSpan.FromMinutes(4));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 2 }));
        Assert.That(Now(stage).NextNominal, Is.Null);
        stage.Restart();
        stage.Advance(TimeSpan.FromMinutes(2));
        Assert.That(MinutesMade(stage), Has.Count.EqualTo(1));
    }

    [Test]
    public void Once_in_the_past_is_made_up_for_when_it_is_new_and_not_when_it_is_an_edit()
    {
        var stage = new Stage();
        TriggerRequest Once(double minute) => new() { Kind = TriggerKinds.Once, At = Stage.Noon.AddMinutes(minute) };
        Save(stage, Draft(Once(-10)));
        stage.Do();
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { -10 }));
        Save(stage, Draft(Once(-5)));
        stage.Do();
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { -10 }));
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    [Test]
    public void A_restart_in_the_middle_neither_repeats_nor_skips([Range(1, 8)] int seed)
    {
        var chance = new Random(seed);
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Misfire = MisfirePolicy.All });
        while (stage.Wall < Stage.Noon + TimeSpan.FromMinutes(30))
        {
            stage.Advance(chance.Next(1, 100));
            stage.Restart(TimeSpan.FromSeconds(chance.Next(200)));
        }

        stage.Do();
        var whole = (int)Math.Floor((stage.Wall - Stage.Noon).TotalMinutes);
        Assert.That(MinutesMade(stage), Is.EqualTo(Enumerable.Range(0, whole + 1).Select(minute => (double)minute)));
    }

    [Test]
    public void A_backward_clock_never_fires_an_instant_twice([Values] bool edit, [Values] bool restart)
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        stage.Advance(TimeSpan.FromMinutes(10));
        stage.Wall -= TimeSpan.FromMinutes(7);
        if (restart)
        {
            stage.Restart();
        }

        if (edit)
        {
            Save(stage, Draft(EveryMinute) with { Overlap = OverlapPolicy.Allow });
        }

        stage.Advance(TimeSpan.FromMinutes(10));
        Assert.That(MinutesMade(stage), Is.EqualTo(Enumerable.Range(0, 14).Select(minute => (double)minute)));
    }

    [Test]
    public void An_edit_makes_a_new_version_and_keeps_what_was_served()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        stage.Advance(TimeSpan.FromMinutes(2));
        var edited = Save(stage, Draft(EveryMinute with { Expression = "*/2 * * * *" }));
        Assert.That((edited.Version, edited.Occurrences), Is.EqualTo((2, 3L)));
        Assert.That((edited.CreatedAt, edited.ChangedAt), Is.EqualTo((Stage.Noon, Stage.Noon.AddMinutes(2))));
        Assert.That(
            stage.Kept.Versions.Select(kept => (kept.Version, kept.Trigger.Expression)),
            Is.EqualTo(new[] { (1, "* * * * *"), (2, "*/2 * * * *") })
        );
        stage.Advance(TimeSpan.FromMinutes(4));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1, 2, 4, 6 }));
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Version), Is.EqualTo(new[] { 1, 1, 1, 2, 2 }));
    }

    [Test]
    public void An_instant_that_came_due_just_before_an_edit_is_served()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        stage.Advance(59.9);
        stage.Wall += TimeSpan.FromSeconds(0.2);
        Save(stage, Draft(EveryMinute));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Max_occurrences_and_end_bound_a_schedule()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { MaxOccurrences = 3 });
        Save(
            stage,
            Draft(EveryMinute, "ends") with
            {
                StartAt = Stage.Noon + TimeSpan.FromMinutes(2),
                EndAt = Stage.Noon + TimeSpan.FromMinutes(4),
            }
        );
        stage.Advance(TimeSpan.FromMinutes(8));
        Assert.That(stage.Kept.Made.Count(job => job.Occurrence!.Schedule == "s"), Is.EqualTo(3));
        Assert.That(
            stage
                .Kept.Made.Where(job => job.Occurrence!.Schedule == "ends")
                .Select(job => job.Occurrence!.Nominal.Minute),
            Is.EqualTo(new[] { 2, 3, 4 })
        );
        Assert.That(Now(stage).NextNominal, Is.Null);
    }

    [Test]
    public void While_paused_nothing_fires_and_with_policy_none_nothing_is_made_up_for()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Misfire = MisfirePolicy.None });
        stage.Advance(90);
        Assert.That(Pause(stage).PauseNote, Is.EqualTo("note"));
        stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(Resume(stage).Paused, Is.False);
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1, 7 }));
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    [Test]
    public void A_pause_with_an_end_resumes_by_itself_also_across_a_restart([Values] bool restart)
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Misfire = MisfirePolicy.None });
        Pause(stage, Stage.Noon + TimeSpan.FromSeconds(150));
        if (restart)
        {
            stage.Restart();
        }

        stage.Advance(TimeSpan.FromMinutes(4));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 3, 4 }));
    }

    [Test]
    public void Resuming_what_is_not_paused_drops_nothing()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Misfire = MisfirePolicy.None });
        stage.Advance(59.9);
        stage.Wall += TimeSpan.FromSeconds(0.2);
        Resume(stage);
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Overlap_skip_leaves_a_row_while_the_job_before_is_unfinished([Values] bool restart)
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Overlap = OverlapPolicy.Skip });
        stage.Advance(TimeSpan.FromMinutes(2));
        if (restart)
        {
            stage.Restart();
        }

        var peer = stage.Join(1, "h", 4, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 3 }));
        Assert.That(MinutesMissed(stage), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(stage.Kept.Missed[0].Reason, Does.Contain("unfinished"));
    }

    [Test]
    public void A_schedule_made_again_under_a_deleted_name_starts_afresh()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        stage.Advance(TimeSpan.FromMinutes(1));
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        stage.Advance(TimeSpan.FromMinutes(2));
        Assert.That(MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
        var again = Save(
            stage,
            Draft(EveryMinute) with
            {
                Id = new ScheduleId(Guid.Parse("0198c0de-0000-7000-8000-000000000002")),
            }
        );
        Assert.That((again.Version, again.Occurrences), Is.EqualTo((1, 1L)).Or.EqualTo((1, 0L)));
        Assert.That(stage.Kept.Schedules, Has.Count.EqualTo(1));
    }

    [Test]
    public void Trigger_makes_one_job_beside_the_instants()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Paused = true });
        var job = stage
            .Ask<Answer.JobIs>(ticket => new BrokerInput.TriggerSchedule(
                ticket,
                "default",
                "s",
                stage.NewId(),
                "user:ana"
            ))
            .Job;
        Assert.That(
            (job.State, job.CreatedBy, job.Occurrence!.Schedule),
            Is.EqualTo((JobState.Ready, "user:ana", "s"))
        );
        Assert.That(Now(stage).Occurrences, Is.Zero);
    }

    [Test]
    public void A_trigger_for_another_method_than_the_schedule_has_is_a_conflict()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        Assert.Multiple(() =>
        {
            Assert.That(Trigger<Answer.Refused>(stage, "other.method").Code, Is.EqualTo(ErrorCodes.Conflict));
            Assert.That(Trigger<Answer.JobIs>(stage, method: null).Job.State, Is.EqualTo(JobState.Ready));
        });
    }

    [Test]
    public void A_trigger_may_bring_the_params_of_its_job()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute) with { Paused = true });
        var decision = stage.Do(
            new BrokerInput.TriggerSchedule(
                new UncalledTicket(),
                "default",
                "s",
                stage.NewId(),
                "user:ana",
                RawJson.Parse("[1]")
            )
        );
        Assert.That(decision.Changes.OfType<Change.JobAdded>().Single().Params.ToString(), Is.EqualTo("[1]"));
    }

    private static T Trigger<T>(Stage stage, string? method)
        where T : Answer =>
        stage.Ask<T>(ticket => new BrokerInput.TriggerSchedule(
            ticket,
            "default",
            "s",
            stage.NewId(),
            "user:ana",
            RawJson.Parse("[1]"),
            method
        ));

    [Test]
    public void Saves_that_name_another_version_or_must_be_new_are_conflicts()
    {
        var stage = new Stage();
        string Code(bool mustBeNew, int? version) =>
            stage
                .Ask<Answer.Refused>(ticket => new BrokerInput.SaveSchedule(
                    ticket,
                    Stage.Editor,
                    Draft(EveryMinute),
                    mustBeNew,
                    version
                ))
                .Code;

        Assert.That(Code(false, 1), Is.EqualTo(ErrorCodes.Conflict));
        Save(stage, Draft(EveryMinute));
        Assert.That(Code(true, null), Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(Code(false, 2), Is.EqualTo(ErrorCodes.Conflict));
        var saved = stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.SaveSchedule(
            ticket,
            Stage.Editor,
            Draft(EveryMinute),
            false,
            ExpectedVersion: 1
        ));
        Assert.That(saved.Schedule.Version, Is.EqualTo(2));
        var missing = stage.Ask<Answer.Refused>(ticket => new BrokerInput.ResumeSchedule(
            ticket,
            Stage.Editor,
            "default",
            "nobody"
        ));
        Assert.That(missing.Code, Is.EqualTo(ErrorCodes.NotFound));
    }

    [Test]
    public void A_schedule_that_is_given_away_is_the_others_and_stays_it()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute)); // The schedule belongs to "test", who made it.
        var (maker, heir) = (new ScheduleEditor("test", OfAny: false), new ScheduleEditor("heir", OfAny: false));
        BrokerInput.Request SaveBy(Ticket ticket, ScheduleEditor by, string? givenTo) =>
            new BrokerInput.SaveSchedule(
                ticket,
                by,
                Draft(EveryMinute) with
                {
                    CreatedBy = by.Name,
                    GivenTo = givenTo,
                },
                false,
                null
            );
        stage.Ask<Answer.ScheduleIs>(ticket => SaveBy(ticket, maker, "heir"));
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => SaveBy(ticket, maker, "test")).Code,
            Is.EqualTo(ErrorCodes.Forbidden),
            "the schedule does not belong to its maker any more"
        );
        var saved = stage.Ask<Answer.ScheduleIs>(ticket => SaveBy(ticket, heir, null)).Schedule;
        Assert.That((saved.CreatedBy, saved.Owner), Is.EqualTo(("test", "heir")));
        var given = stage.Ask<Answer.ScheduleIs>(ticket => SaveBy(ticket, heir, "third")).Schedule;
        Assert.That((given.CreatedBy, given.Owner), Is.EqualTo(("test", "third")));
    }

    [Test]
    public void A_schedule_is_changed_by_its_owner_and_by_those_who_may_change_any()
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute)); // The schedule belongs to "test".
        var (owner, other) = (new ScheduleEditor("test", OfAny: false), new ScheduleEditor("other", OfAny: false));
        Func<Ticket, BrokerInput.Request>[] Acts(ScheduleEditor by) =>
            [
                ticket => new BrokerInput.SaveSchedule(
                    ticket,
                    by,
                    Draft(EveryMinute) with
                    {
                        CreatedBy = by.Name,
                    },
                    false,
                    null
                ),
                ticket => new BrokerInput.PauseSchedule(ticket, by, "default", "s", null, null),
                ticket => new BrokerInput.ResumeSchedule(ticket, by, "default", "s"),
                ticket => new BrokerInput.DeleteSchedule(ticket, by, "default", "s"),
            ];
        foreach (var act in Acts(other))
        {
            Assert.That(stage.Ask<Answer.Refused>(act).Code, Is.EqualTo(ErrorCodes.Forbidden));
        }

        foreach (var act in Acts(owner)[..3])
        {
            Assert.That(stage.Ask<Answer.ScheduleIs>(act).Schedule.CreatedBy, Is.EqualTo("test"));
        }

        stage.Ask<Answer.Done>(Acts(owner)[3]);
    }
}
