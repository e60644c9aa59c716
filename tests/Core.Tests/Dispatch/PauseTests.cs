using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Dispatch;

/// <summary>Methods that somebody has paused.</summary>
public sealed class PauseTests
{
    private Stage _stage = null!;

    [SetUp]
    public void SetUp() => _stage = new Stage();

    [Test]
    public void No_attempt_of_a_paused_method_begins_and_others_go_on()
    {
        var peer = _stage.Join(1, "h", 9, "m", "other");
        Pause("m");
        _stage.Enqueue("m");
        _stage.Enqueue("other");
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Resume("m");
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
        Assert.That(_stage.Kept.Pauses, Is.Empty);
    }

    [Test]
    public void Jobs_that_were_ready_before_the_pause_wait_too_and_go_on_in_their_order()
    {
        var first = _stage.Enqueue(new JobSpec { Method = "m", Priority = -1 }).Id;
        var second = _stage.Enqueue("m");
        Pause("m");
        var peer = _stage.Join(1, "h", 9, "m");
        Assert.That(peer.Assigned, Is.Empty);
        Resume("m");
        Assert.That(peer.Assigned.Select(attempt => attempt.Job), Is.EqualTo(new[] { second, first }));
    }

    [Test]
    public void An_attempt_that_runs_goes_on_and_its_retry_waits()
    {
        var peer = _stage.Join(1, "h", 9, "m");
        _stage.Enqueue("m");
        Pause("m");
        peer.Say(ReportEventTypes.Failed, peer.Assigned[0]);
        peer.Live(TimeSpan.FromMinutes(1), 9);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Resume("m");
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_pause_outlives_a_restart_and_ends_by_itself()
    {
        Pause("m", _stage.Wall + TimeSpan.FromMinutes(10));
        _stage.Enqueue("m");
        _stage.Restart(TimeSpan.FromMinutes(9));
        var peer = _stage.Join(1, "h", 9, "m");
        peer.Live(TimeSpan.FromSeconds(55), 9);
        Assert.That(peer.Assigned, Is.Empty);
        peer.Live(TimeSpan.FromSeconds(10), 9);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Assert.That(_stage.Kept.Pauses, Is.Empty);
    }

    [Test]
    public void A_pause_whose_end_has_come_while_the_broker_was_down_is_over_before_anything_is_assigned()
    {
        Pause("m", _stage.Wall + TimeSpan.FromMinutes(10));
        _stage.Enqueue("m");
        _stage.Restart(TimeSpan.FromMinutes(11));
        var peer = _stage.Join(1, "h", 9, "m");
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Assert.That(_stage.Kept.Pauses, Is.Empty);
    }

    [Test]
    public void A_second_pause_takes_the_place_of_the_first_with_its_end()
    {
        Pause("m", _stage.Wall + TimeSpan.FromMinutes(1));
        Pause("m");
        _stage.Enqueue("m");
        var peer = _stage.Join(1, "h", 9, "m");
        peer.Live(TimeSpan.FromMinutes(5), 9);
        Assert.That(peer.Assigned, Is.Empty);
        Assert.That(_stage.Kept.Pauses, Has.Count.EqualTo(1));
        Assert.That(_stage.Core.State.Method("default", "m").Pause!.Until, Is.Null);
    }

    [Test]
    public void A_pause_holds_beside_the_limits_of_its_method()
    {
        var peer = _stage.Join(1, "h", 9, "m");
        var spec = new JobSpec { Method = "m", ConcurrencyKey = "k" };
        _stage.Enqueue(spec);
        _stage.Enqueue(spec);
        Pause("m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1), "the key is free, and the method is paused");
        Resume("m");
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
    }

    [Test]
    public void Explain_says_who_paused_why_and_until_when()
    {
        var until = _stage.Wall + TimeSpan.FromHours(1);
        Pause("m", until);
        var id = _stage.Enqueue("m");
        var explained = _stage.Look(state => state.Explain("default", id))!;
        var gate = explained.Gates[^1];
        Assert.That((gate.Gate, gate.OpensAt), Is.EqualTo((GateCode.MethodPaused, until)));
        Assert.That(gate.Sentence, Does.Contain("user:ana").And.Contain("The printer is mended"));
    }

    [Test]
    public void The_end_of_a_pause_is_an_event_and_stands_in_the_audit_log()
    {
        Pause("m", _stage.Wall + TimeSpan.FromSeconds(30));
        _stage.Forget();
        _stage.Advance(31);
        var resumed = _stage.Said.OfType<Effect.Publish>().Single(said => said.Happened.Type == "method.resumed");
        Assert.That((resumed.Happened.Subject, resumed.Happened.Namespace), Is.EqualTo(("m", "default")));
        Assert.That(
            _stage.Kept.AuditLines.Last(),
            Does.Contain("methods:resume").And.Contain("method:m").And.Contain("The pause has reached its end.")
        );
    }

    [Test]
    public void A_pause_that_is_over_already_and_one_too_many_are_refused()
    {
        Assert.That(Refusal("m", _stage.Wall), Is.EqualTo(ErrorCodes.Invalid));
        for (var number = 0; number < Limits.PausesMax; number++)
        {
            Pause($"m{number}");
        }

        Assert.That(Refusal("m", null), Is.EqualTo(ErrorCodes.Conflict));
        Pause("m7");
        Resume("m7");
        Pause("m");
    }

    [Test]
    public void A_namespace_that_is_deleted_takes_its_pauses_along()
    {
        _stage.Enqueue(new JobSpec { Method = "m" }, "tenant-a");
        Pause("m", null, "tenant-a");
        Pause("m");
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        _stage.Advance(1);
        Assert.That(_stage.Kept.Pauses.Keys, Is.EqualTo(new[] { ("default", PauseSubject.Method, "m") }));
    }

    [Test]
    public void To_resume_what_is_not_paused_changes_nothing()
    {
        Resume("m");
        Assert.That(_stage.Said.OfType<Effect.Publish>(), Is.Empty);
    }

    private void Pause(string method, DateTimeOffset? until = null, string ns = "default") =>
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.PauseMethod(
            ticket,
            ns,
            method,
            "The printer is mended",
            "user:ana",
            until
        ));

    private string Refusal(string method, DateTimeOffset? until) =>
        _stage
            .Ask<Answer.Refused>(ticket => new BrokerInput.PauseMethod(
                ticket,
                "default",
                method,
                "x",
                "user:ana",
                until
            ))
            .Code;

    private void Resume(string method) =>
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ResumeMethod(ticket, "default", method));
}
