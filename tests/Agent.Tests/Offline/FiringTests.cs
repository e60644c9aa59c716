using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Triggers;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class FiringTests
{
    private OfflineRig _rig = null!;

    [SetUp]
    public void Begin() => _rig = new OfflineRig();

    [TearDown]
    public void End() => _rig.Dispose();

    private IEnumerable<double> Instants => _rig.Begun.Select(begun => begun.Nominal);

    [Test]
    public void It_runs_while_the_Broker_is_out_of_reach_and_not_while_there_is_a_session()
    {
        _rig.OpenWith(_rig.ASchedule());
        _rig.To(30);
        Assert.That(_rig.Begun, Is.Empty);

        _rig.Cut();
        _rig.To(65);
        _rig.Custodian.SessionOpened();
        _rig.To(120);

        Assert.That(
            Instants,
            Is.EqualTo(new[] { 30d, 40, 50, 60 }),
            "The instant of the cut may not have got through."
        );
    }

    [Test]
    public void A_loss_of_under_5_s_runs_nothing()
    {
        _rig.OpenWith(_rig.ASchedule(TimeSpan.FromSeconds(1)));
        _rig.To(60);
        _rig.Cut();
        _rig.To(64.9);
        _rig.Custodian.SessionOpened();
        _rig.To(120);

        Assert.That(_rig.Begun, Is.Empty);
    }

    [Test]
    public void It_looks_back_to_when_the_Broker_was_last_heard_with_2_s_of_slack()
    {
        _rig.OpenWith(_rig.ASchedule(TimeSpan.FromSeconds(1)));
        _rig.To(60);
        _rig.Custodian.SessionClosed(silence: TimeSpan.FromSeconds(15));
        _rig.To(65);

        Assert.That(Instants, Is.EquivalentTo(Enumerable.Range(44, 22).Select(second => (double)second)));
    }

    [Test]
    public void At_a_start_without_a_Broker_it_looks_back_to_the_start()
    {
        _rig.OpenWith(_rig.ASchedule(TimeSpan.FromSeconds(1)));
        _rig.To(60);
        _rig.Restart();
        _rig.To(64.9);
        Assert.That(_rig.Begun, Is.Empty);
        _rig.To(65);

        Assert.That(Instants, Is.EqualTo(new[] { 61d, 62, 63, 64, 65 }));
    }

    [Test]
    public void What_the_agent_gets_to_too_late_is_left_to_the_Broker()
    {
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromMinutes(1)));
        _rig.Time.Advance(TimeSpan.FromMinutes(30.5)); // The machine slept.

        Assert.That(Instants, Is.EqualTo(new[] { 26d, 27, 28, 29, 30 }.Select(minute => minute * 60)));
        Assert.That(_rig.Log.Lines.Select(line => line.Id), Does.Contain(5415));
    }

    [Test]
    public void It_keeps_to_the_copys_validity_and_to_the_schedules_own_bounds()
    {
        var noon = OfflineRig.Noon;
        _rig.GoOffline(
            _rig.ASchedule() with
            {
                ValidFrom = noon.AddSeconds(20),
                ValidUntil = noon.AddSeconds(40),
            },
            _rig.ASchedule() with
            {
                ScheduleId = Guid.NewGuid(),
                StartAt = noon.AddSeconds(100),
                EndAt = noon.AddSeconds(120),
            }
        );
        _rig.To(300);

        Assert.That(Instants, Is.EqualTo(new[] { 30d, 40, 100, 110, 120 }));
    }

    [Test]
    public void It_does_not_run_on_days_that_calendars_exclude()
    {
        var sunday = new KeptCalendar("sundays", "UTC", [], [], [DayOfWeek.Sunday]); // Noon is on one.
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromHours(6)) with { Calendars = [sunday] });
        for (var hour = 0; hour < 24; hour++)
        {
            _rig.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.That(Instants, Is.EqualTo(new[] { 12d, 18, 24 }.Select(hour => hour * 3600)));
    }

    [Test]
    public void Jitter_is_that_of_the_Broker()
    {
        var starts = new List<DateTimeOffset>();
        _rig.Code = _ =>
        {
            starts.Add(_rig.Time.GetUtcNow());
            return Task.FromResult(default(RawJson));
        };
        var schedule = _rig.ASchedule(TimeSpan.FromMinutes(1)) with { Jitter = TimeSpan.FromSeconds(50) };
        _rig.GoOffline(schedule);
        for (var i = 0; i < 250_000; i++)
        {
            _rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var expected = new[] { 60, 120, 180 }
            .Select(second => OfflineRig.Noon.AddSeconds(second))
            .Select(nominal =>
                OccurrenceId.Effective(
                    OccurrenceId.Of(new ScheduleId(schedule.ScheduleId), nominal),
                    nominal,
                    schedule.Jitter
                )
            );
        Assert.That(starts, Is.EqualTo(expected).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public void An_instant_that_was_received_is_not_run_again_and_one_that_ran_is_not_taken_from_the_Broker()
    {
        var schedule = _rig.ASchedule();
        _rig.OpenWith(schedule);
        _rig.To(10);
        var received = Assigned(schedule, 10);
        Assert.That(_rig.Custodian.TrySettle(received), Is.False);
        _rig.Cut();
        _rig.To(25);
        Assert.That(Instants, Is.EqualTo(new[] { 20d }));

        _rig.Custodian.SessionOpened();
        Assert.That(_rig.Custodian.TrySettle(Assigned(schedule, 20)), Is.True);
        Assert.That(
            _rig.Custodian.TrySettle(received with { AttemptId = new AttemptId(received.JobId, 2), Attempt = 2 }),
            Is.False,
            "The Broker tries it again."
        );
        Assert.That(_rig.Custodian.TrySettle(Assigned(schedule, 30)), Is.False);
    }

    [Test]
    public void What_was_reported_is_not_run_again_when_the_next_cut_comes_at_once()
    {
        var schedule = _rig.ASchedule();
        _rig.GoOffline(schedule);
        _rig.To(20);
        var nominals = _rig.Reports().ConvertAll(run => run.Nominal);
        _rig.Custodian.ReceiveAnswer(new Taken(schedule.ScheduleId, nominals));
        _rig.Cut();
        _rig.To(35);

        Assert.That(Instants, Is.EqualTo(new[] { 10d, 20, 30 }));
    }

    [Test]
    public void What_waited_for_room_when_the_session_began_is_the_Brokers()
    {
        var go = new TaskCompletionSource<RawJson>();
        _rig.Code = _ => go.Task;
        _rig.GoOffline(_rig.ASchedule() with { Method = "other" });
        _rig.To(35);
        Assert.That(Instants, Is.EqualTo(new[] { 10d }), "It takes one at a time.");

        var said = _rig.Reports();
        Assert.That(_rig.Book.Capacity, Is.EqualTo(_rig.Options.Capacity - 1));
        go.SetResult(default);

        Assert.That(said.Select(run => run.Outcome), Is.EqualTo(new[] { "running" }));
        Assert.That(_rig.Book.Capacity, Is.EqualTo(_rig.Options.Capacity));
        Assert.That(Instants, Is.EqualTo(new[] { 10d }));
    }

    [Test]
    public void What_waits_for_room_runs_when_there_is_some()
    {
        var gone = new Queue<TaskCompletionSource<RawJson>>();
        _rig.Code = _ =>
        {
            gone.Enqueue(new TaskCompletionSource<RawJson>());
            return gone.Last().Task;
        };
        _rig.GoOffline(_rig.ASchedule() with { Method = "other" });
        _rig.To(35);
        gone.Dequeue().SetResult(default);
        gone.Dequeue().SetResult(default);

        Assert.That(Instants, Is.EqualTo(new[] { 10d, 20, 30 }));
    }

    [Test]
    public void An_agent_that_is_stopping_begins_nothing()
    {
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(15);
        _rig.Book.Drain();
        _rig.To(60);

        Assert.That(Instants, Is.EqualTo(new[] { 10d }));
    }

    [Test]
    public void A_job_knows_its_schedule_and_is_alone_with_its_work_until_its_time_out()
    {
        var schedule = _rig.ASchedule() with { Params = RawJson.Parse("""{"a":1}"""), Tags = ["edge"] };
        HandlerAgent.JobContext? seen = null;
        _rig.Code = job =>
        {
            Assert.That(job.IsLeaseCertain, Is.True);
            job.ReportProgress(50);
            seen = job;
            return new TaskCompletionSource<RawJson>().Task;
        };
        _rig.GoOffline(schedule);
        _rig.To(15);
        var nominal = OfflineRig.Noon.AddSeconds(10);
        var id = OccurrenceId.Of(new ScheduleId(schedule.ScheduleId), nominal);
        Assert.That(seen, Is.Not.Null);
        Assert.That(
            (seen!.JobId, seen.AttemptId, seen.FencingToken, seen.Attempt, seen.MaxAttempts),
            Is.EqualTo((id, new AttemptId(id, 1), 1, 1, 3))
        );
        Assert.That(seen.Schedule!.Name, Is.EqualTo("tick"));
        Assert.That(seen.Tags, Is.EqualTo(new[] { "edge" }));
        Assert.That(_rig.Book.ListHeld(), Is.Empty);
        Assert.That(_rig.Book.ListHeldIds(), Is.Empty);
        Assert.That(_rig.Book.TakeReport(), Is.Null);
    }

    internal static AssignedAttempt Assigned(KeptSchedule schedule, double second)
    {
        var nominal = OfflineRig.Noon.AddSeconds(second);
        var id = OccurrenceId.Of(new ScheduleId(schedule.ScheduleId), nominal);
        return Messages.AnAttempt() with
        {
            AttemptId = new AttemptId(id, 1),
            JobId = id,
            Schedule = new AssignedSchedule(schedule.Name, nominal),
        };
    }
}
