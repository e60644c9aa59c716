using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Dispatch;

public sealed class ExplainTests
{
    private static readonly JobSpec Plain = new() { Method = "m" };
    private static readonly RateOptions OneAMinute = new(1, TimeSpan.FromMinutes(1));

    /// <summary>
    /// For each gate: a stage where the gate holds the job, a word of its sentence, and the time until it opens (null
    /// when unknown).
    /// </summary>
    private static readonly Dictionary<GateCode, (Func<Stage, JobId> Arrange, string Says, TimeSpan? OpensIn)> Cases =
        new()
        {
            [GateCode.After] = (AfterAnother, "after job 00000001", null),
            [GateCode.NotDue] = (
                stage => stage.Enqueue(Plain, runAt: stage.Wall + TimeSpan.FromHours(1)).Id,
                "later",
                TimeSpan.FromHours(1)
            ),
            [GateCode.Rejected] = (Rejected, "h: no room", JobMachine.DelayAfterRejection),
            [GateCode.NamespaceClosed] = (Closed, "deleted", null),
            [GateCode.DiskFull] = (DiskFull, "disk", null),
            [GateCode.BrokerFull] = (BrokerFull, "--max-running", null),
            [GateCode.NamespaceFull] = (
                stage => Second(stage, new NamespaceLimits { RunningJobs = 1 }),
                "1 jobs of the 1",
                null
            ),
            [GateCode.MethodPaused] = (Paused, "test has paused m", TimeSpan.FromHours(1)),
            [GateCode.NoHandler] = (stage => stage.Enqueue("m"), "Nobody offers m", null),
            [GateCode.NotPermitted] = (NotPermitted, "Handler h", null),
            [GateCode.NoMatch] = (NoMatch, "group gpu", null),
            [GateCode.Offline] = (Offline, "h may run it", null),
            [GateCode.Draining] = (Drained, "no new work", null),
            [GateCode.Unresponsive] = (Unresponsive, "probe", null),
            [GateCode.MethodFull] = (
                stage => Second(stage, new NamespaceLimits { PerMethod = Of("m", new WorkLimits { RunningJobs = 1 }) }),
                "1 jobs of m run",
                null
            ),
            [GateCode.MethodRate] = (
                stage =>
                    Second(stage, new NamespaceLimits { PerMethod = Of("m", new WorkLimits { Rate = OneAMinute }) }),
                "1 attempts",
                OneAMinute.Period
            ),
            [GateCode.ConcurrencyKey] = (
                stage => Second(stage, null, Plain with { ConcurrencyKey = "db" }),
                "db is held by job 00000001",
                null
            ),
            [GateCode.RateLimit] = (
                stage => Second(stage, null, Plain with { RateLimit = new RateLimit("mail", 1, OneAMinute.Period) }),
                "rate key mail",
                OneAMinute.Period
            ),
            [GateCode.HandlerLimit] = (
                stage =>
                    Second(stage, new NamespaceLimits { PerHandler = Of("h", new WorkLimits { Rate = OneAMinute }) }),
                "operator",
                OneAMinute.Period
            ),
            [GateCode.HandlersFull] = (stage => Second(stage, capacity: 1), "no room", null),
            [GateCode.Turn] = (Turn, "go first", null),
            [GateCode.Running] = (Running, "Handler h runs it, as attempt 1 of 3", TimeSpan.FromHours(1)),
            [GateCode.Stopping] = (Stopping, "cancelled", TimeSpan.FromSeconds(10)),
        };

    private static Dictionary<string, WorkLimits> Of(string name, WorkLimits limits) => new() { [name] = limits };

    private static void Limit(Stage stage, NamespaceLimits limits)
    {
        var record = (NamespaceRecord)stage.Kept.Access[(AccessKind.Namespace, "default")];
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = limits })]
        ));
    }

    private static JobId Second(Stage stage, NamespaceLimits? limits = null, JobSpec? spec = null, int capacity = 9)
    {
        Limit(stage, limits ?? new NamespaceLimits());
        stage.Join(1, "h", capacity, "m");
        stage.Enqueue(spec ?? Plain);
        return stage.Enqueue(spec ?? Plain).Id;
    }

    private static JobId AfterAnother(Stage stage)
    {
        var first = stage.Enqueue("m");
        return stage.Enqueue([stage.New(Plain) with { After = [first] }])[0].Id;
    }

    private static JobId Rejected(Stage stage)
    {
        var peer = stage.Join(1, "h", 9, "m");
        var id = stage.Enqueue("m");
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Rejected,
                AttemptId = peer.Assigned[0],
                Reason = "no room",
            }
        );
        return id;
    }

    private static JobId Closed(Stage stage)
    {
        var ids = stage.Enqueue([.. Enumerable.Range(0, 6_000).Select(_ => stage.New(Plain, "a"))]);
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "a"));
        // A deleted namespace is emptied a few jobs at a time.
        return ids.Select(job => job.Id).First(id => stage.Core.State.FindJob("a", id) is not null);
    }

    private static JobId DiskFull(Stage stage)
    {
        var id = stage.Enqueue("m");
        stage.Do(new BrokerInput.DiskSeen(DiskLevel.VeryLow, -1));
        stage.Join(1, "h", 1, "m");
        return id;
    }

    private static JobId BrokerFull(Stage stage)
    {
        stage.Join(1, Stage.HelloOf("h", 9, ["m"]), "a");
        stage.Join(2, "h", 9, "m");
        stage.Enqueue(Plain, "a");
        stage.Enqueue(Plain, "a");
        stage.Enqueue(Plain, "a");
        return stage.Enqueue("m");
    }

    private static JobId NotPermitted(Stage stage)
    {
        stage.Save(Stage.KeyOf("h", "default", "other.*"));
        stage.Join(1, "h", 9, "m");
        return stage.Enqueue("m");
    }

    private static JobId NoMatch(Stage stage)
    {
        stage.Join(1, "h", 9, "m");
        return stage.Enqueue(Plain with { Group = "gpu" }).Id;
    }

    private static JobId Offline(Stage stage)
    {
        stage.Join(1, "h", 9, "m").Drop();
        stage.Advance(60);
        return stage.Enqueue("m");
    }

    private static JobId Paused(Stage stage)
    {
        stage.Join(1, "h", 1, "m");
        stage.Ask<Answer.Done>(ticket => new BrokerInput.PauseMethod(
            ticket,
            "default",
            "m",
            "stock-taking",
            "test",
            stage.Wall + TimeSpan.FromHours(1)
        ));
        return stage.Enqueue("m");
    }

    private static JobId Drained(Stage stage)
    {
        stage.Join(1, "h", 9, "m");
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DrainHandler(ticket, "default", "h", true));
        return stage.Enqueue("m");
    }

    private static JobId Unresponsive(Stage stage)
    {
        stage.Hello(1, Stage.HelloOf("h", 9, ["m"]));
        return stage.Enqueue("m");
    }

    // The job is explained in the turn that enqueues it, before anything is assigned.
    private static JobId Turn(Stage stage)
    {
        stage.Join(1, "h", 9, "m");
        return default;
    }

    private static JobId Running(Stage stage)
    {
        stage.Join(1, "h", 9, "m");
        return stage.Enqueue("m");
    }

    private static JobId Stopping(Stage stage)
    {
        var id = Running(stage);
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));
        return id;
    }

    private static JobExplanation Explain(Stage stage, JobId id)
    {
        var extra = id == default ? stage.New(Plain) : null;
        JobExplanation? explanation = null;
        BrokerInput look = new BrokerInput.Read(
            new UncalledTicket(),
            state => explanation = Cast(state, extra?.Id ?? id)
        );
        stage.Do(extra is null ? [look] : [new BrokerInput.Enqueue(new UncalledTicket(), [extra]), look]);
        return explanation!;

        static JobExplanation Cast(BrokerState state, JobId id) =>
            state.Explain("default", id) ?? state.Explain("a", id)!;
    }

    [Test]
    public void Every_gate_has_a_case_here() => Assert.That(Cases.Keys, Is.EquivalentTo(Enum.GetValues<GateCode>()));

    [TestCaseSource(nameof(AllGates))]
    public void The_gate_that_holds_a_job_is_named_with_what_opens_it(GateCode gate)
    {
        var (arrange, says, opensIn) = Cases[gate];
        var stage = new Stage(options: new CoreOptions { RunningJobsMax = 3 });
        var explanation = Explain(stage, arrange(stage));
        var holder = explanation.Gates[^1];
        Assert.That(holder.Gate, Is.EqualTo(gate), holder.Sentence);
        Assert.That(explanation.HeldBy, Is.EqualTo(gate));
        Assert.That(holder.Passed, Is.False);
        Assert.That(holder.Sentence, Does.Contain(says));
        Assert.That(holder.OpensWhen, Is.Not.Null.And.Not.Empty);
        Assert.That(holder.OpensAt - stage.Wall, Is.EqualTo(opensIn));
        Assert.That(explanation.Gates.SkipLast(1).Select(passed => passed.Passed), Is.All.True);
        Assert.That(explanation.Gates.Select(passed => passed.Gate), Is.Ordered.And.Unique);
    }

    private static IEnumerable<GateCode> AllGates() => Enum.GetValues<GateCode>();

    [TestCase("gpu", null, "group gpu")]
    [TestCase("gpu", "other.*", "m")]
    public void A_group_that_the_key_forbids_is_said_as_a_method_is(string group, string? methods, string says)
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h", "default", methods is null ? [] : [methods]) with { Groups = ["cpu"] });
        stage.Join(1, Stage.HelloOf("h", 9, ["m"]) with { Groups = [group] });
        var holder = Explain(stage, stage.Enqueue(Plain with { Group = group }).Id).Gates[^1];
        Assert.That(holder.Gate, Is.EqualTo(GateCode.NotPermitted), holder.Sentence);
        Assert.That(holder.Sentence, Does.Contain("Handler h").And.Contain(says));
    }

    [Test]
    public void A_Welcome_names_the_groups_that_the_key_allows()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h") with { Groups = ["c*"] });
        stage.Join(1, Stage.HelloOf("h", 9, ["m"]) with { Groups = ["gpu", "cpu"] });
        stage.Join(2, "plain", 9, "m");
        Assert.That(stage.SentTo<Welcome>(1).Single().Groups, Is.EqualTo(new[] { "cpu" }));
        Assert.That(
            stage.SentTo<Welcome>(2).Single().Groups,
            Is.Null,
            "a Welcome lists no groups when the Hello asked for none"
        );
    }

    [Test]
    public void A_job_in_its_backoff_says_which_attempt_failed_and_when_the_next_comes()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 9, "m");
        var id = stage.Enqueue("m");
        peer.Say(ReportEventTypes.Failed, peer.Assigned[0]);
        var holder = Explain(stage, id).Gates.Single();
        Assert.That(holder.Sentence, Does.Contain("Attempt 1"));
        Assert.That(holder.OpensAt, Is.EqualTo(stage.Kept.Find(id).RunAt));
    }

    [Test]
    public void A_handler_that_is_asked_for_by_name_and_away_is_offline_though_others_are_there()
    {
        var stage = new Stage();
        stage.Join(1, "away", 9, "m").Drop();
        stage.Advance(60);
        stage.Join(2, "here", 9, "m");
        Assert.That(
            Explain(stage, stage.Enqueue(Plain with { Handler = "away" }).Id).HeldBy,
            Is.EqualTo(GateCode.Offline)
        );
    }

    [Test]
    public void Nothing_is_said_of_a_job_that_is_unknown_finished_or_in_another_namespace()
    {
        var stage = new Stage();
        var id = stage.Enqueue("m");
        Assert.That(stage.Core.State.Explain("a", id), Is.Null);
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));
        Assert.That(stage.Core.State.Explain("default", id), Is.Null);
    }
}
