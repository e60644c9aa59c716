using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests;

/// <summary>What the state says of methods: who offers them, what waits and runs, and their limits.</summary>
public sealed class MethodViewTests
{
    private Stage _stage = null!;

    [SetUp]
    public void SetUp() => _stage = new Stage();

    [Test]
    public void A_method_counts_the_jobs_that_wait_and_run_until_they_have_ended()
    {
        var peer = _stage.Join(1, "office-7", 1, "m");
        _stage.Enqueue("m");
        _stage.Enqueue("m");
        var later = _stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon.AddDays(1)).Id;
        Assert.That(Counts("m"), Is.EqualTo((2, 1)));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(Counts("m"), Is.EqualTo((1, 1)));
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", later, null));
        Assert.That(Counts("m"), Is.EqualTo((0, 1)));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[1]);
        Assert.That(Counts("m"), Is.EqualTo((0, 0)));
    }

    [Test]
    public void The_counts_are_there_again_after_a_restart_and_gone_with_the_namespace()
    {
        _stage.Join(1, Stage.HelloOf("office-7", 1, ["m"]), "tenant-a");
        _stage.Enqueue(new JobSpec { Method = "m" }, "tenant-a");
        _stage.Enqueue(new JobSpec { Method = "m" }, "tenant-a");
        _stage.Restart();
        Assert.That(Counts("m", "tenant-a"), Is.EqualTo((1, 1)));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        _stage.Advance(1);
        Assert.That(Counts("m", "tenant-a"), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Methods_are_known_by_handlers_here_and_away_by_jobs_and_by_limits()
    {
        _stage.Join(1, "office-7", 1, "offered");
        _stage.Join(2, "office-8", 1, "offered", "away").Drop();
        _stage.Advance(TimeSpan.FromMinutes(2));
        _stage.Join(3, "office-7", 1, "offered");
        _stage.Enqueue("asked");
        Limit(new() { ["limited"] = new WorkLimits { RunningJobs = 3 } });
        var methods = _stage.Look(state => state.Methods("default"));
        Assert.That(
            methods.Select(method => (method.Name, method.Handlers.Count, method.AwayHandlers)),
            Is.EqualTo(new[] { ("asked", 0, 0), ("away", 0, 1), ("limited", 0, 0), ("offered", 1, 1) })
        );
        Assert.That(methods[2].Limits!.RunningJobs, Is.EqualTo(3));
        foreach (var method in methods)
        {
            var one = _stage.Look(state => state.Method("default", method.Name));
            Assert.That(
                (one.Handlers.Count, one.AwayHandlers, one.WaitingJobs, one.Limits),
                Is.EqualTo((method.Handlers.Count, method.AwayHandlers, method.WaitingJobs, method.Limits))
            );
        }
    }

    [Test]
    public void What_has_begun_in_the_period_stands_beside_the_rate()
    {
        var rate = new WorkLimits { Rate = new RateOptions(5, TimeSpan.FromMinutes(1)) };
        Limit(new() { ["m"] = rate }, new() { ["office-7"] = rate });
        _stage.Join(1, "office-7", 9, "m", "other");
        _stage.Enqueue("m");
        _stage.Enqueue("m");
        _stage.Enqueue("other");
        Assert.That(_stage.Look(state => state.Method("default", "m")).Begun, Is.EqualTo(2));
        Assert.That(_stage.Look(state => state.Method("default", "other")).Begun, Is.Null);
        var handler = _stage.Look(state => state.FindHandler("default", "office-7"))!;
        Assert.That((handler.Begun, handler.Limits), Is.EqualTo((3, rate)));
    }

    private (int?, int?) Counts(string method, string ns = "default")
    {
        var view = _stage.Look(state => state.Method(ns, method));
        return (view.WaitingJobs, view.RunningJobs);
    }

    private void Limit(Dictionary<string, WorkLimits> methods, Dictionary<string, WorkLimits>? handlers = null)
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        var limits = new NamespaceLimits { PerMethod = methods, PerHandler = handlers };
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = limits })]
        ));
    }
}
