using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class ReportTests
{
    private OfflineRig _rig = null!;

    [SetUp]
    public void Begin() => _rig = new OfflineRig();

    [TearDown]
    public void End() => _rig.Dispose();

    private static double Second(OfflineRun run) => (run.Nominal - OfflineRig.Noon).TotalSeconds;

    [Test]
    public void Every_session_says_once_that_it_was_all_also_with_nothing_to_say()
    {
        for (var session = 0; session < 3; session++)
        {
            Assert.That(_rig.Reports(), Is.Empty);
            Assert.That(_rig.Says(), Is.Empty);
            _rig.Cut();
            Assert.That(_rig.Says(), Is.Empty);
        }
    }

    [Test]
    public void Runs_are_said_copy_by_copy_the_oldest_first_within_bounds_and_last_comes_last()
    {
        var first = _rig.ASchedule(TimeSpan.FromSeconds(1));
        var other = first with { ScheduleId = Guid.NewGuid(), Name = "other" };
        _rig.GoOffline(first, other);
        _rig.To(300);
        _rig.OpenWith(first with { Version = 2 });
        _rig.Says();
        _rig.Cut();
        _rig.To(310);
        _rig.Custodian.SessionOpened();
        var said = _rig.Says();

        Assert.That(said.Select(ran => ran.Runs.Count), Is.All.LessThanOrEqualTo(Limits.OfflineRunsMax));
        Assert.That(said.Count(ran => ran.Last), Is.EqualTo(1));
        Assert.That((said[^1].Last, said[^1].Copy, said[^1].Runs.Count), Is.EqualTo((true, (KeptCopy?)null, 0)));
        foreach (var copy in said.SkipLast(1).GroupBy(ran => ran.Copy!.Signature))
        {
            Assert.That(copy.SelectMany(ran => ran.Runs).Select(Second), Is.Ordered.Ascending);
            Assert.That(OfflineProofs.TryRead(copy.First().Copy!, _rig.PublicKey, out _), Is.True);
        }

        var runs = said.SkipLast(1)
            .SelectMany(ran => ran.Runs.Select(run => (ran.Copy!.Schedule, run.Nominal)))
            .ToList();
        Assert.That(runs, Is.Unique);
        Assert.That(runs, Has.Count.EqualTo(_rig.Begun.Count));
        Assert.That(
            said.SkipLast(1).Select(ran => ran.Copy!.Signature).Distinct().Count(),
            Is.EqualTo(3),
            "The first as it was and as it became, and the other."
        );
    }

    [Test]
    public void What_is_not_confirmed_is_said_again_in_the_next_session_and_after_a_restart()
    {
        var schedule = _rig.ASchedule();
        _rig.GoOffline(schedule);
        _rig.To(35);
        Assert.That(_rig.Reports().Select(Second), Is.EqualTo(new[] { 10d, 20, 30 }));
        _rig.Custodian.ReceiveAnswer(new Taken(schedule.ScheduleId, [OfflineRig.Noon.AddSeconds(20)]));
        Assert.That(_rig.Reports().Select(Second), Is.EqualTo(new[] { 10d, 30 }));
        _rig.Restart();
        Assert.That(_rig.Reports().Select(Second), Is.EqualTo(new[] { 10d, 30 }));
        _rig.Custodian.ReceiveAnswer(
            new Taken(schedule.ScheduleId, [OfflineRig.Noon.AddSeconds(10), OfflineRig.Noon.AddSeconds(30)])
        );

        Assert.That(_rig.Reports(), Is.Empty);
        Assert.That(new FileInfo(_rig.JournalPath).Length, Is.Zero);
    }

    [Test]
    public void What_the_Broker_will_never_take_is_put_aside_and_named()
    {
        var schedule = _rig.ASchedule();
        _rig.GoOffline(schedule);
        _rig.To(15);
        _rig.Reports();
        _rig.Custodian.ReceiveAnswer(
            new Taken(schedule.ScheduleId, [OfflineRig.Noon.AddSeconds(10)], "the schedule is not yours")
        );

        var file = Directory.GetFiles(_rig.Folder, "refused-*.jsonl").Single();
        Assert.That(File.ReadAllText(file), Does.Contain("the schedule is not yours").And.Contain("succeeded"));
        Assert.That(_rig.Log.Lines.Single(line => line.Id == 5411).Text, Does.Contain(file));
        Assert.That(_rig.Reports(), Is.Empty);
    }

    [Test]
    public void A_run_under_way_is_said_and_then_its_end()
    {
        var go = new TaskCompletionSource<RawJson>();
        _rig.Code = _ => go.Task;
        var schedule = _rig.ASchedule(TimeSpan.FromMinutes(1));
        _rig.GoOffline(schedule);
        _rig.To(61);
        var running = _rig.Reports().Single();
        _rig.Custodian.ReceiveAnswer(new Taken(schedule.ScheduleId, [running.Nominal]));
        go.SetResult(RawJson.Parse("1"));
        var ended = _rig.Says().Single().Runs.Single();

        Assert.That(
            (running.Outcome, running.Attempts, running.FinishedAt),
            Is.EqualTo((OfflineOutcomes.Running, 1, (DateTimeOffset?)null))
        );
        Assert.That((ended.Outcome, ended.Result.ToString()), Is.EqualTo((OfflineOutcomes.Succeeded, "1")));
        Assert.That(_rig.Reports().Single().Outcome, Is.EqualTo(OfflineOutcomes.Succeeded), "It was not confirmed.");
    }

    [Test]
    public void So_much_is_said_at_once_and_more_when_the_Broker_has_answered()
    {
        var result = RawJson.From(new string('x', 60_000));
        var go = new TaskCompletionSource<RawJson>();
        _rig.Code = job => job.Schedule!.Name == "other" ? go.Task : Task.FromResult(result);
        var schedule = _rig.ASchedule(TimeSpan.FromSeconds(1));
        _rig.GoOffline(
            schedule,
            schedule with
            {
                ScheduleId = Guid.NewGuid(),
                Name = "other",
                EndAt = OfflineRig.Noon.AddSeconds(1),
            }
        );
        _rig.To(30);
        _rig.Custodian.SessionOpened();
        var said = new Queue<Ran>(_rig.Says());
        Assert.That(said, Has.Count.EqualTo(16));
        var all = new List<OfflineRun>();
        while (said.TryDequeue(out var ran))
        {
            all.AddRange(ran.Runs);
            Assert.That(
                ran.Runs.Any(run => run.Outcome == "running") && said.Count > 1,
                Is.False,
                "It is not answered."
            );
            if (ran.Runs.Any(run => run.Outcome == "succeeded"))
            {
                _rig.Custodian.ReceiveAnswer(new Taken(schedule.ScheduleId, [.. ran.Runs.Select(run => run.Nominal)]));
                _rig.Says().ForEach(said.Enqueue);
            }
        }

        Assert.That(all.Count(run => run.Outcome == "succeeded"), Is.EqualTo(30));
        Assert.That(all.Count(run => run.Outcome == "running"), Is.EqualTo(1));
    }

    [Test]
    public void The_largest_run_fits_a_Bridges_message()
    {
        _rig.Code = job =>
        {
            for (var i = 0; i < 200; i++)
            {
                job.Log(Microsoft.Extensions.Logging.LogLevel.Information, new string('ü', 1000));
            }

            return Task.FromResult(RawJson.From(new string('x', (192 * 1024) - 2)));
        };
        _rig.GoOffline(
            _rig.ASchedule() with
            {
                Params = RawJson.From(new string('p', Limits.OfflineParamsBytesMax - 2)),
            }
        );
        _rig.To(12);
        _rig.Custodian.SessionOpened();
        var ran = _rig.Says()[0];

        Assert.That(ran.Runs.Single().Outcome, Is.EqualTo("succeeded"));
        Assert.That(ran.Runs.Single().Log, Is.Not.Empty);
        Assert.That(ProtocolJson.Write(ran), Has.Length.LessThan(318 * 1024));
    }

    [Test]
    public void A_run_is_reported_after_its_schedule_was_dropped_and_by_the_copy_that_was_run()
    {
        var schedule = _rig.ASchedule();
        var copy = _rig.Sign(schedule);
        _rig.Custodian.SessionOpened();
        _rig.Custodian.ReceiveCopies(new Keep { Key = _rig.PublicKey, Copies = [copy] });
        _rig.Cut();
        _rig.To(15);
        _rig.Custodian.SessionOpened();
        _rig.Custodian.ReceiveCopies(
            new Keep
            {
                Key = _rig.PublicKey,
                Copies = [],
                Only = [],
            }
        );
        _rig.Restart();
        _rig.Custodian.SessionOpened();

        Assert.That(_rig.Says()[0].Copy, Is.EqualTo(copy));
    }
}
