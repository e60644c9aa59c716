using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Core.Tests.Access;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What the audit log says of sessions and of the keys of handlers.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionNoteTests
{
    private readonly Stage _stage = new();

    private AuditEvent Last(string action) =>
        _stage
            .Kept.AuditLines.Select(line => JsonSerializer.Deserialize(line, RestJson.Default.AuditEvent)!)
            .Last(happened => happened.Action == action);

    private void OpenConnection(long connection, string address) =>
        _stage.Do(new BrokerInput.Opened(connection, "bridge", address, new KeyClaim("default/h", [1, 2, 3]), null));

    [Test]
    public void Session_of_an_API_key_is_noted_with_its_handler_key_and_address()
    {
        OpenConnection(1, "192.0.2.7");
        _stage.Join(1, "h", 1, "m");
        var note = Last("sessions:open");
        Assert.That(
            (note.Actor, note.Method, note.Session, note.Object, note.Namespace, note.Address),
            Is.EqualTo(("handler:h", "api-key", "session-1", "key:default/h", "default", "192.0.2.7"))
        );
        Assert.That((note.Outcome, note.Reason), Is.EqualTo(("allowed", (string?)null)));
    }

    [Test]
    public void Session_of_an_enrolled_key_is_noted_as_signed()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        var note = Last("sessions:open");
        Assert.That((note.Method, note.Object), Is.EqualTo(("signature", $"key:{agent.KeyId}")));
    }

    [Test]
    public void Hello_of_a_proved_key_that_is_refused_names_its_handler_and_one_that_proves_nothing_names_nobody()
    {
        OpenConnection(1, "192.0.2.7");
        _stage.Hello(1, Stage.HelloOf("h", -1, ["m"]));
        var proved = Last("sessions:open");
        Assert.That(
            (proved.Actor, proved.Method, proved.Object, proved.Namespace, proved.Address),
            Is.EqualTo(("handler:h", "api-key", "key:default/h", "default", "192.0.2.7"))
        );
        Assert.That((proved.Outcome, proved.Reason), Is.EqualTo(("denied", ErrorCodes.Invalid)));

        _stage.Do(new BrokerInput.HelloSaid(2, Stage.HelloOf("h", 1, ["m"]), new KeyClaim("default/h", [9]), "s"));
        var unproved = Last("sessions:open");
        Assert.That(
            (unproved.Actor, unproved.Method, unproved.Object, unproved.Namespace, unproved.Reason),
            Is.EqualTo(("anonymous", (string?)null, "key:default/h", (string?)null, ErrorCodes.Unauthenticated))
        );
        _stage.Do(new BrokerInput.HelloSaid(3, Stage.HelloOf("h", 1, ["m"]), null, "s"));
        Assert.That(Last("sessions:open").Object, Is.Null);
    }

    [Test]
    public void Refused_Hello_is_noted_with_the_key_of_its_proof_or_else_of_its_claim_or_else_of_its_connection()
    {
        var agent = Enrollee.Enrolled(_stage);
        OpenConnection(1, "192.0.2.7");
        agent.Challenge(1);
        agent.Say(agent.Hello("another nonce"), 1);
        Assert.That(Last("sessions:open").Object, Is.EqualTo($"key:{agent.KeyId}"));
        _stage.Do(new BrokerInput.HelloSaid(1, Stage.HelloOf("h", 1, ["m"]), new KeyClaim("other", [9]), "s"));
        Assert.That(Last("sessions:open").Object, Is.EqualTo("key:other"));
        _stage.Do(new BrokerInput.HelloSaid(1, Stage.HelloOf("h", 1, ["m"]), null, "s"));
        Assert.That(Last("sessions:open").Object, Is.EqualTo("key:default/h"));
    }

    [Test]
    public void Key_of_which_two_copies_are_at_work_is_noted_as_locked_by_the_system()
    {
        var agent = Enrollee.Enrolled(_stage);
        var stolen = agent.Generation;
        agent.Join(1);
        agent.Generation = stolen;
        agent.Connect(2, "thief");
        var note = Last("keys:lock");
        Assert.That(
            (note.Actor, note.Object, note.Namespace, note.Reason),
            Is.EqualTo(("system", $"key:{agent.KeyId}", "default", "two copies of it are at work"))
        );
    }

    [Test]
    public void Report_of_offline_runs_that_is_refused_says_who_sent_it_for_which_schedule_and_from_where()
    {
        _stage.Save(Stage.KeyOf("h"));
        OpenConnection(1, "192.0.2.7");
        _stage.Join(1, Stage.HelloOf("h", 1, ["m"]) with { OfflineStore = "store-1" });
        var schedule = Guid.NewGuid();
        var run = new OfflineRun { Nominal = Stage.Noon, Outcome = OfflineOutcomes.Succeeded };
        _stage.Do(new BrokerInput.RanSaid(1, null, schedule, [run], Last: true));
        var note = Last("schedules:report");
        Assert.That(
            (note.Actor, note.Method, note.Session, note.Object, note.Namespace, note.Address),
            Is.EqualTo(("handler:h", "api-key", "session-1", $"schedule:{schedule}", "default", "192.0.2.7"))
        );
        Assert.That((note.Outcome, note.Reason), Is.EqualTo(("denied", ErrorCodes.Invalid)));
    }

    [Test]
    public void Rotation_names_the_old_key_as_actor_and_the_new_one_as_object()
    {
        var agent = Enrollee.Enrolled(_stage);
        var rotated = (Rotated)agent.Rotate(2, new Enrollee(_stage));
        var note = Last("keys:rotate");
        Assert.That(
            (note.Actor, note.Method, note.Object, note.Outcome),
            Is.EqualTo(($"key:{agent.KeyId}", "signature", $"key:{rotated.KeyId}", "allowed"))
        );

        agent.Rotate(3, new Enrollee(_stage));
        var refused = Last("keys:rotate");
        Assert.That(
            (refused.Actor, refused.Method, refused.Object, refused.Outcome, refused.Reason),
            Is.EqualTo(("anonymous", (string?)null, $"key:{agent.KeyId}", "denied", ErrorCodes.Conflict))
        );
    }

    [Test]
    public void Report_on_the_attempt_of_another_says_who_reported_on_which_and_from_where()
    {
        var peer = _stage.Join(1, "other", 1, "m");
        _stage.Enqueue("m");
        _stage.Save(Stage.KeyOf("h"));
        OpenConnection(2, "192.0.2.7");
        _stage.Join(2, "h", 1, "n").Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        var note = Last("attempts:report");
        Assert.That(
            (note.Actor, note.Method, note.Session, note.Object, note.Namespace, note.Address),
            Is.EqualTo(("handler:h", "api-key", "session-2", $"attempt:{peer.Assigned[0]}", "default", "192.0.2.7"))
        );
        Assert.That((note.Outcome, note.Reason), Is.EqualTo(("denied", ErrorCodes.Forbidden)));
        var refused = _stage
            .Said.OfType<Effect.Publish>()
            .Select(said => said.Happened)
            .Single(happened => happened.Type == "handler.refused");
        Assert.That(
            (refused.Subject, refused.Handler, refused.Detail),
            Is.EqualTo(("h", "h", "It reported on an attempt of another handler."))
        );
    }

    [Test]
    public void End_of_a_session_is_noted_with_its_reason()
    {
        _stage.Join(1, "h", 1, "m");
        _stage.Do(new BrokerInput.ByeSaid(1, "done"));
        var note = Last("sessions:close");
        Assert.That(
            (note.Actor, note.Session, note.Object, note.Namespace, note.Reason),
            Is.EqualTo(("system", "session-1", "handler:h", "default", "the handler said Bye: done"))
        );
    }

    [Test]
    public void Key_that_expires_is_noted()
    {
        _stage.Save(Stage.KeyOf("h") with { ExpiresAt = Stage.Noon.AddSeconds(1) });
        _stage.Advance(1);
        var note = Last("keys:expire");
        Assert.That((note.Actor, note.Object, note.Namespace), Is.EqualTo(("system", "key:default/h", "default")));
    }
}
