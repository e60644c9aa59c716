using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Dispatch;

public sealed class DispatcherTests
{
    private static JobSpec Spec(string method = "m", int priority = 0, string? handler = null, string? group = null) =>
        new()
        {
            Method = method,
            Priority = priority,
            Handler = handler,
            Group = group,
        };

    [Test]
    public void Higher_priority_goes_first_then_runAt_then_arrival()
    {
        var stage = new Stage();
        var late = stage.Enqueue(Spec(), runAt: Stage.Noon - TimeSpan.FromSeconds(1)).Id;
        var early = stage.Enqueue(Spec(), runAt: Stage.Noon - TimeSpan.FromSeconds(5)).Id;
        var low = stage.Enqueue(Spec(priority: -5)).Id;
        var first = stage.Enqueue(Spec()).Id;
        var second = stage.Enqueue(Spec()).Id;
        var high = stage.Enqueue(Spec(priority: 9)).Id;
        var peer = stage.Join(1, "h", 10, "m");
        Assert.That(peer.Assigned.Select(id => id.Job), Is.EqualTo(new[] { high, early, late, first, second, low }));
    }

    [Test]
    public void A_job_goes_only_to_the_handler_or_group_it_asks_for()
    {
        var stage = new Stage();
        var one = stage.Join(1, Stage.HelloOf("one", 10, ["m"]) with { Groups = ["emea"] });
        var two = stage.Join(2, Stage.HelloOf("two", 10, ["m"]) with { Groups = ["gpu"] });
        var pinned = stage.Enqueue(Spec(handler: "two")).Id;
        var grouped = stage.Enqueue(Spec(group: "emea")).Id;
        var nowhere = stage.Enqueue(Spec(group: "apac")).Id;
        var absent = stage.Enqueue(Spec(handler: "three")).Id;
        Assert.That(two.Assigned.Select(id => id.Job), Is.EqualTo(new[] { pinned }));
        Assert.That(one.Assigned.Select(id => id.Job), Is.EqualTo(new[] { grouped }));
        Assert.That(stage.Look(state => state.Stats().Ready), Is.EqualTo(2));
        var three = stage.Join(3, Stage.HelloOf("three", 10, ["m"]) with { Groups = ["apac"] });
        Assert.That(three.Assigned.Select(id => id.Job), Is.EquivalentTo(new[] { nowhere, absent }));
    }

    [Test]
    public void A_job_that_names_a_handler_goes_there_whatever_its_group()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Stage.HelloOf("one", 10, ["m"]) with { Groups = ["emea"] });
        stage.Enqueue(Spec(handler: "one", group: "apac"));
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void Of_several_methods_the_best_job_goes_first()
    {
        var stage = new Stage();
        var first = stage.Enqueue(Spec("a")).Id;
        var high = stage.Enqueue(Spec("b", priority: 5)).Id;
        var low = stage.Enqueue(Spec("c", priority: -5)).Id;
        var second = stage.Enqueue(Spec("c")).Id;
        var peer = stage.Join(1, "h", 1, "a", "b", "c");
        for (var done = 0; done < 3; done++)
        {
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[done]);
        }

        Assert.That(peer.Assigned.Select(id => id.Job), Is.EqualTo(new[] { high, first, second, low }));
    }

    [Test]
    public void A_session_that_withdraws_its_offer_is_given_nothing_more()
    {
        var namespaces = new NamespaceTable(new BrokerQuota(new CoreOptions()));
        var dispatcher = new Dispatcher(namespaces, new TimerHeap());
        var offer = new SessionOffer("session-1", "default", "h", "i");
        var methods = new Dictionary<string, OfferedMethod> { ["m"] = new() { Name = "m" } };
        dispatcher.Register(offer, methods, [], null);
        dispatcher.SetCapacity(offer, 1);
        dispatcher.SetReady(offer, true);
        Assert.That(dispatcher.IsOffered("default", "m"), Is.True);

        Dispatcher.Withdraw(offer);
        Assert.That(dispatcher.IsOffered("default", "m"), Is.False);
        var job = new Job
        {
            Id = default,
            Namespace = "default",
            Spec = Spec(),
            State = JobState.Ready,
            RunAt = default,
            EnqueuedAt = default,
            CreatedBy = "test",
        };
        dispatcher.Added(new JobSlot(job, namespaces.Of("default")), default);
        Assert.That(dispatcher.TryMatch(default, out _, out _), Is.False);
    }

    [Test]
    public void Keys_and_rates_in_use_are_counted_over_all_namespaces()
    {
        var dispatcher = new Dispatcher(new NamespaceTable(new BrokerQuota(new CoreOptions())), new TimerHeap());
        foreach (var (ns, keys) in new[] { ("a", 1), ("b", 2) })
        {
            for (var key = 0; key < keys; key++)
            {
                dispatcher.PoolOf(ns).Gates.OfKey($"{key}");
                var window = new RateWindow(TimeSpan.FromMinutes(1));
                window.TakeToken(default);
                dispatcher.PoolOf(ns).Gates.RestoreRate($"{key}", window);
            }
        }

        Assert.That((dispatcher.GateCount, dispatcher.RateCount), Is.EqualTo((3, 3)));
    }

    [Test]
    public void Work_of_another_namespace_is_not_seen()
    {
        var stage = new Stage();
        stage.Enqueue(Spec(), "tenant-a");
        var peer = stage.Join(1, Stage.HelloOf("h", 10, ["m"]), "tenant-b");
        Assert.That(peer.Assigned, Is.Empty);
    }

    [Test]
    public void Credit_is_never_exceeded_and_is_used_to_the_full()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 2, "m");
        for (var i = 0; i < 10; i++)
        {
            stage.Enqueue("m");
        }

        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
        peer.Heartbeat(5, [.. peer.Assigned]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(5));
        peer.Heartbeat(1, [.. peer.Assigned]);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(5), "four attempts are still open, and credit for one is granted");
    }

    [Test]
    public void A_methods_own_limit_holds_beside_the_capacity()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Limited("m", 2, capacity: 10));
        for (var i = 0; i < 5; i++)
        {
            stage.Enqueue("m");
            stage.Enqueue("free");
        }

        Assert.That(Running(stage, "m"), Is.EqualTo(2));
        Assert.That(Running(stage, "free"), Is.EqualTo(5));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned.First(id => stage.Kept.Find(id.Job).Spec.Method == "m"));
        Assert.That(Running(stage, "m"), Is.EqualTo(2));
    }

    [Test]
    public void A_methods_own_limit_counts_attempts_that_were_resumed_after_a_restart()
    {
        var stage = new Stage();
        var hello = Limited("m", 2, capacity: 10);
        var before = stage.Join(1, hello);
        for (var i = 0; i < 4; i++)
        {
            stage.Enqueue("m");
        }

        var open = before.Assigned;
        stage.Restart();
        stage.Join(2, hello with { Resume = [.. open.Select(id => new ResumedAttempt(id, id.Token))] });
        Assert.That(stage.AssignedTo(2), Is.Empty);
        Assert.That(Running(stage, "m"), Is.EqualTo(2));
    }

    [Test]
    public void Ten_thousand_jobs_of_one_namespace_do_not_delay_the_single_job_of_another()
    {
        var stage = new Stage();
        for (var copy = 0; copy * Limits.CapacityMax < 10_000; copy++)
        {
            stage.Join(10 + copy, Stage.HelloOf("h", Limits.CapacityMax, ["m"], $"copy-{copy}"), "loud");
        }

        stage.Join(2, Stage.HelloOf("h", 1, ["m"]), "quiet");
        var jobs = Enumerable
            .Range(0, 10_000)
            .Select(_ => stage.New(Spec(priority: 100), "loud"))
            .Append(stage.New(Spec(), "quiet"))
            .ToList();
        var decision = stage.Do(new BrokerInput.Enqueue(new UncalledTicket(), jobs));
        var order = decision.Changes.OfType<Change.JobAssigned>().Select(change => change.Id).ToList();
        Assert.That(order, Has.Count.EqualTo(10_001));
        Assert.That(
            order.IndexOf(jobs[^1].Id),
            Is.LessThanOrEqualTo(1),
            "the quiet namespace waits for at most one job of the loud one"
        );
    }

    [Test]
    public void Namespaces_take_turns_within_one_batch()
    {
        var stage = new Stage();
        stage.Join(1, Stage.HelloOf("h", 100, ["m"]), "a");
        stage.Join(2, Stage.HelloOf("h", 100, ["m"]), "b");
        var jobs = Enumerable.Range(0, 50).Select(_ => stage.New(Spec(), "a")).Append(stage.New(Spec(), "b")).ToList();
        var decision = stage.Do(new BrokerInput.Enqueue(new UncalledTicket(), jobs));
        var order = decision.Changes.OfType<Change.JobAssigned>().Select(change => change.Id).ToList();
        Assert.That(
            order.IndexOf(jobs[^1].Id),
            Is.LessThanOrEqualTo(1),
            "the other namespace waits for at most one job"
        );
    }

    [Test]
    public void Free_sessions_take_turns()
    {
        var stage = new Stage();
        stage.Join(1, "one", 100, "m");
        stage.Join(2, "two", 100, "m");
        for (var i = 0; i < 20; i++)
        {
            stage.Enqueue("m");
        }

        Assert.That(stage.AssignedTo(1), Has.Count.EqualTo(10));
        Assert.That(stage.AssignedTo(2), Has.Count.EqualTo(10));
    }

    [Test]
    public void A_drained_handler_takes_nothing_until_it_is_resumed()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 5, "m");
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DrainHandler(ticket, "default", "h", true));
        stage.Enqueue("m");
        Assert.That(peer.Assigned, Is.Empty);
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DrainHandler(ticket, "default", "h", false));
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void Jobs_that_expire_or_are_cancelled_while_nobody_is_there_leave_the_others_in_order()
    {
        var stage = new Stage();
        var ids = Enumerable
            .Range(0, 200)
            .Select(i =>
                stage
                    .Enqueue(Spec() with { StartDeadline = i % 3 == 0 ? Stage.Noon + TimeSpan.FromSeconds(1) : null })
                    .Id
            )
            .ToList();
        for (var i = 1; i < ids.Count; i += 3)
        {
            var id = ids[i];
            stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));
        }

        stage.Advance(2);
        var peer = stage.Join(1, "h", 500, "m");
        Assert.That(peer.Assigned.Select(id => id.Job), Is.EqualTo(ids.Where((_, i) => i % 3 == 2)));
    }

    private static Hello Limited(string method, int max, int capacity) =>
        Stage.HelloOf("h", capacity, ["free"]) with
        {
            Methods = [new OfferedMethod { Name = method, MaxConcurrent = max }, new OfferedMethod { Name = "free" }],
        };

    private static int Running(Stage stage, string method) =>
        stage.Kept.Jobs.Values.Count(job => job.Current is not null && job.Spec.Method == method);
}
