using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Namespaces;

/// <summary>
/// On a disk that is nearly full, new work is refused, and existing jobs can still run, end, be cancelled and be
/// deleted.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DiskTests
{
    private static readonly JobSpec Spec = new() { Method = "m" };

    private readonly Stage _stage = new();

    [SetUp]
    public void HaveRoom() => See(DiskLevel.Enough);

    [Test]
    public void New_work_is_refused_on_a_low_disk_and_taken_again_when_there_is_room()
    {
        Save("s");
        var calendar = new Broker.Core.Calendars.CalendarRecord
        {
            Namespace = "default",
            Name = "c",
            Version = 1,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "x",
            ChangedBy = "x",
        };
        Func<Ticket, BrokerInput.Request>[] news =
        [
            ticket => new BrokerInput.Enqueue(ticket, [_stage.New(Spec)]),
            ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, Draft("t"), true, null),
            ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, Draft("s"), false, null),
            ticket => new BrokerInput.ApplySchedules(
                ticket,
                "default",
                [new BrokerInput.ScheduleSave(Stage.Editor, Draft("u"), 0, Note)],
                []
            ),
            ticket => new BrokerInput.SaveCalendar(ticket, calendar, true, null),
            ticket => new BrokerInput.TriggerSchedule(ticket, "default", "s", _stage.NewId(), "x"),
            ticket => new BrokerInput.BackfillSchedule(
                ticket,
                "default",
                "s",
                1,
                Stage.Noon.AddHours(-1),
                Stage.Noon,
                1,
                OverlapPolicy.Allow,
                "x"
            ),
        ];
        See(DiskLevel.Low);
        foreach (var input in news)
        {
            Assert.That(_stage.Ask<Answer.Refused>(input).Code, Is.EqualTo(ErrorCodes.StorageFull));
        }

        Assert.That(_stage.Kept.Jobs, Is.Empty);
        See(DiskLevel.Enough);
        foreach (var input in news)
        {
            var ticket = new UncalledTicket();
            var answer = _stage.Do(input(ticket)).Effects.OfType<Effect.Answer>().Single().Said;
            Assert.That((answer as Answer.Refused)?.Code, Is.Not.EqualTo(ErrorCodes.StorageFull));
        }
    }

    [Test]
    public void On_a_low_disk_jobs_run_end_and_are_cancelled_and_what_is_there_is_deleted()
    {
        Save("s");
        var peer = _stage.Join(1, "h", 1, "m");
        var (first, second, third) = (_stage.Enqueue(Spec).Id, _stage.Enqueue(Spec).Id, _stage.Enqueue(Spec).Id);
        See(DiskLevel.Low);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        Assert.That(_stage.Kept.Find(first).State, Is.EqualTo(JobState.Succeeded));
        Assert.That(peer.Assigned, Has.Count.EqualTo(2), "the next job is started");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        Assert.That(_stage.Kept.Find(second).State, Is.EqualTo(JobState.Succeeded));
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", third, TimeSpan.Zero));
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
    }

    [Test]
    public void On_a_very_low_disk_nothing_is_started_and_what_runs_ends()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var first = _stage.Enqueue(Spec).Id;
        var second = _stage.Enqueue(Spec).Id;
        See(DiskLevel.VeryLow);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        Assert.That(_stage.Kept.Find(first).State, Is.EqualTo(JobState.Succeeded));
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Assert.That(_stage.Look(state => state.Explain("default", second))!.HeldBy, Is.EqualTo(GateCode.DiskFull));
        See(DiskLevel.Low);
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
    }

    [Test]
    public void Job_that_a_deduplication_key_answers_needs_no_room()
    {
        var spec = Spec with { DeduplicationKey = "k" };
        var first = _stage.Enqueue(spec).Id;
        See(DiskLevel.Low);
        Assert.That(
            _stage.Enqueue(spec),
            Is.EqualTo(new EnqueuedJob(first, _stage.Kept.Find(first), IsNew: false, null))
        );
    }

    [Test]
    public void What_comes_between_two_looks_at_the_disk_is_counted()
    {
        _stage.Do(new BrokerInput.DiskSeen(DiskLevel.Enough, 1_000_000));
        NewJob Job() => _stage.New(Spec) with { Params = RawJson.Parse($"\"{new string('x', 100_000)}\"") };
        _stage.Enqueue([Job()]);
        _stage.Enqueue([Job()]);
        Assert.That(
            _stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(ticket, [Job()])).Code,
            Is.EqualTo(ErrorCodes.StorageFull)
        );
        _stage.Enqueue(Spec);
        _stage.Do(new BrokerInput.DiskSeen(DiskLevel.Enough, 1_000_000));
        _stage.Enqueue([Job()]);
    }

    [TestCase(MisfirePolicy.Latest, 1)]
    [TestCase(MisfirePolicy.All, 10)]
    [TestCase(MisfirePolicy.None, 0)]
    public void Schedules_stand_still_on_a_low_disk_and_lose_no_instant(MisfirePolicy misfire, int made)
    {
        Save("s", misfire);
        See(DiskLevel.Low);
        _stage.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(30));
        Assert.That(_stage.Kept.Made, Is.Empty);
        Assert.That(_stage.Kept.Missed, Is.Empty, "no row is written");
        Assert.That(
            _stage.Look(state => state.ExplainSchedule("default", "s"))!.HeldBy,
            Is.EqualTo(ScheduleGateCode.DiskFull)
        );
        See(DiskLevel.Enough);
        _stage.Advance(1);
        Assert.That(_stage.Kept.Made, Has.Count.EqualTo(made));
        Assert.That(
            _stage.Kept.Missed.Sum(row => row.Count),
            Is.EqualTo(10 - made),
            "each instant has a job or stands in a row"
        );
        _stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_stage.Kept.Made, Has.Count.EqualTo(made + 1), "the next instant fires");
    }

    [Test]
    public void Schedule_that_was_deleted_while_it_stood_still_does_not_come_back()
    {
        Save("s");
        See(DiskLevel.Low);
        _stage.Advance(TimeSpan.FromMinutes(2));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        See(DiskLevel.Enough);
        _stage.Advance(TimeSpan.FromMinutes(2));
        Assert.That(_stage.Kept.Made, Is.Empty);
    }

    [Test]
    public void Refusals_on_a_low_disk_do_not_fill_the_audit_log()
    {
        See(DiskLevel.Low);
        for (var i = 0; i < 10 * AuditLog.RefusedForDiskPerMinute; i++)
        {
            _stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(ticket, [_stage.New(Spec)]) { Audit = Note });
        }

        Assert.That(_stage.Kept.AuditLines.Count(), Is.EqualTo(AuditLog.RefusedForDiskPerMinute));
        _stage.Advance(61);
        Assert.That(
            _stage.Kept.AuditLines.Last(),
            Does.Contain($"{9 * AuditLog.RefusedForDiskPerMinute} more requests refused")
        );
    }

    [Test]
    public void Namespace_without_a_limit_of_its_own_has_the_default_bound_and_its_logs_count()
    {
        var stage = new Stage(options: new CoreOptions { NamespaceBytesMax = 100_000 });
        var peer = stage.Join(1, "h", 1, "m");
        stage.Do(new BrokerInput.NamespaceMeasured("default", 0));
        var job = stage.Enqueue(Spec).Id;
        for (var i = 0; i < 20; i++)
        {
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Log,
                    AttemptId = peer.Assigned[^1],
                    FencingToken = 1,
                    Level = "info",
                    Message = new string('ü', 3_000),
                }
            );
        }

        Assert.That(stage.Core.State.Usage("default").StoredBytes, Is.InRange(120_000, 130_000));
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(ticket, [stage.New(Spec)])).Code,
            Is.EqualTo(ErrorCodes.RateLimited)
        );
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        Assert.That(
            stage.Kept.Find(job).StoredBytes,
            Is.InRange(120_000, 130_000),
            "the stored job has the size, from which namespaces are measured"
        );
    }

    private static AuditNote Note => new() { Actor = "test", Action = "jobs:enqueue" };

    private void See(DiskLevel level) =>
        _stage.Do(new BrokerInput.DiskSeen(level, level == DiskLevel.Enough ? null : -1));

    private static Schedule Draft(string name, MisfirePolicy misfire = MisfirePolicy.Latest) =>
        new()
        {
            Id = new ScheduleId(Guid.NewGuid()),
            Namespace = "default",
            Name = name,
            Version = 1,
            Trigger = new TriggerRequest
            {
                Kind = TriggerKinds.Interval,
                Every = TimeSpan.FromMinutes(1),
                StartAt = Stage.Noon.AddMinutes(1),
            },
            Job = Spec,
            Misfire = misfire,
            CreatedAt = Stage.Noon,
            ChangedAt = Stage.Noon,
            CreatedBy = "test",
        };

    private void Save(string name, MisfirePolicy misfire = MisfirePolicy.Latest) =>
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.SaveSchedule(
            ticket,
            Stage.Editor,
            Draft(name, misfire),
            true,
            null
        ));
}
