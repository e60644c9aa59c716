using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Attempts;

/// <summary>What the Broker answers to a result whose attempt is not open any more.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LateResultTests
{
    private static readonly AttemptId Attempt = new(new JobId(new Guid(1, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0)), 3);

    private readonly EndedAttempts _ended = new();
    private readonly Decision _decision = new(new Moment(Stage.Noon, TimeSpan.FromHours(1)), new Random(1));

    private LateResults Late =>
        new(_ended, new JobTable(new NamespaceTable(new BrokerQuota(new CoreOptions())), new TimerHeap(), []));

    private void Remember(AttemptOutcome outcome, int? token = null) =>
        _ended.Remember(
            new Job
            {
                Id = Attempt.Job,
                Namespace = "default",
                Spec = new JobSpec { Method = "m" },
                State = JobState.Succeeded,
                RunAt = default,
                EnqueuedAt = default,
                CreatedBy = "test",
            },
            new Attempt
            {
                Token = token ?? Attempt.Token,
                Number = 1,
                Handler = "h",
                Instance = "i",
                Session = "s",
                AssignedAt = default,
                Outcome = outcome,
            }
        );

    [TestCase(AttemptOutcome.Succeeded, ReportEventTypes.Succeeded, true)]
    [TestCase(AttemptOutcome.Succeeded, ReportEventTypes.Failed, false)]
    [TestCase(AttemptOutcome.Succeeded, ReportEventTypes.Cancelled, false)]
    [TestCase(AttemptOutcome.Succeeded, ReportEventTypes.Rejected, false)]
    [TestCase(AttemptOutcome.Failed, ReportEventTypes.Failed, true)]
    [TestCase(AttemptOutcome.Failed, ReportEventTypes.Succeeded, true)] // The result was too large.
    [TestCase(AttemptOutcome.Failed, ReportEventTypes.Cancelled, false)]
    [TestCase(AttemptOutcome.Failed, ReportEventTypes.Rejected, false)]
    [TestCase(AttemptOutcome.Cancelled, ReportEventTypes.Cancelled, true)]
    [TestCase(AttemptOutcome.Cancelled, ReportEventTypes.Succeeded, false)]
    [TestCase(AttemptOutcome.Cancelled, ReportEventTypes.Failed, false)]
    [TestCase(AttemptOutcome.Rejected, ReportEventTypes.Rejected, true)]
    [TestCase(AttemptOutcome.Rejected, ReportEventTypes.Succeeded, false)]
    [TestCase(AttemptOutcome.Superseded, ReportEventTypes.Succeeded, false)]
    [TestCase(AttemptOutcome.Superseded, ReportEventTypes.Failed, false)]
    public void Result_that_says_the_known_end_again_is_accepted_and_changes_nothing(
        AttemptOutcome known,
        string told,
        bool isAccepted
    )
    {
        Remember(known);
        Assert.That(Late.Judge(Attempt, new ReportEvent { Type = told }, _decision), Is.EqualTo(isAccepted));
        Assert.That(_decision.IsEmpty, Is.True);
        Assert.That(_ended.Find(Attempt)!.Outcome, Is.EqualTo(known));
    }

    [TestCase(AttemptOutcome.Lost)]
    [TestCase(AttemptOutcome.TimedOut)]
    public void Result_after_the_lease_goes_into_the_history_once(AttemptOutcome known)
    {
        Remember(known);
        var error = new AttemptError { Type = "t", Message = "m" };
        var told = new ReportEvent { Type = ReportEventTypes.Failed, Error = error };
        Assert.That(Late.Judge(Attempt, told, _decision), Is.False);
        Assert.That(
            _decision.Changes,
            Is.EqualTo(new[] { new Change.AttemptSuperseded(Attempt.Job, Attempt.Token, Stage.Noon, error) })
        );
        Assert.That(Late.Judge(Attempt, told, _decision), Is.False);
        Assert.That(_decision.Changes, Has.Count.EqualTo(1));
    }

    [Test]
    public void Result_of_an_attempt_that_nobody_remembers_is_superseded_and_changes_nothing()
    {
        Remember(AttemptOutcome.Lost);
        var unknown = Attempt with { Token = Attempt.Token + 1 };
        Assert.That(Late.Judge(unknown, new ReportEvent { Type = ReportEventTypes.Succeeded }, _decision), Is.False);
        Assert.That(_decision.IsEmpty, Is.True);
    }

    [Test]
    public void So_many_attempts_are_remembered_and_one_more_forgets_the_oldest()
    {
        Remember(AttemptOutcome.Succeeded);
        for (var token = 1; token < BrokerCore.RecentAttemptsMax; token++)
        {
            Remember(AttemptOutcome.Failed, Attempt.Token + token);
        }

        Assert.That(_ended.Find(Attempt)!.Outcome, Is.EqualTo(AttemptOutcome.Succeeded));
        Remember(AttemptOutcome.Failed, Attempt.Token + BrokerCore.RecentAttemptsMax);
        Assert.That(_ended.Find(Attempt), Is.Null);
        Assert.That(_ended.Find(Attempt with { Token = Attempt.Token + 1 }), Is.Not.Null);
    }

    [Test]
    public void Job_that_waits_for_its_next_attempt_keeps_its_place_when_a_late_result_comes()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var spec = new JobSpec
        {
            Method = "m",
            Retry = new RetryPolicy(5, BackoffKind.Fixed, TimeSpan.Zero, TimeSpan.Zero, 0),
        };
        var first = stage.Enqueue(spec).Id;
        stage.Do(new BrokerInput.ByeSaid(1, "restart"));
        var second = stage.Enqueue(spec).Id;
        stage.Forget();
        var back = stage.Join(2, "h", 0, "m");
        back.Say(ReportEventTypes.Succeeded, new AttemptId(first, 1));
        Assert.That(stage.Kept.Superseded, Has.Count.EqualTo(1));
        Assert.That(
            stage.Said.OfType<Effect.Publish>().Select(said => said.Happened.Subject),
            Has.None.EqualTo($"{first}"),
            "nothing has happened to the job"
        );
        back.Heartbeat(2);
        Assert.That(back.Assigned.Select(attempt => attempt.Job), Is.EqualTo(new[] { first, second }));
        Assert.That(stage.Look(state => state.Stats().Running), Is.EqualTo(2));
        Assert.That(peer.Connection, Is.EqualTo(1));
    }
}
