using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Core.Tests.Access;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What agents with enrolled keys are told when a proof or a rotation is refused.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeyRefusalTests
{
    private readonly Stage _stage = new();

    private static void Check(object answer, string code, string says)
    {
        var refused = (Refused)answer;
        Assert.That(refused.Code, Is.EqualTo(code));
        Assert.That(refused.Detail, Does.Contain(says));
    }

    private IEnumerable<(string Subject, string? Detail)> Told(string type) =>
        _stage
            .Said.OfType<Effect.Publish>()
            .Select(said => said.Happened)
            .Where(happened => happened.Type == type)
            .Select(happened => (happened.Subject, happened.Detail));

    [Test]
    public void Challenge_of_an_unknown_key_is_answered_that_there_is_none()
    {
        _stage.Do(new BrokerInput.ChallengeSaid(1, "0123456789ab", "nonce-1"));
        Check(_stage.SentTo<Refused>(1).Single(), ErrorCodes.Unauthenticated, "There is no such enrolled key.");
    }

    [Test]
    public void Proof_that_does_not_hold_is_told_what_may_be_wrong()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Challenge(1);
        Check(agent.Say(agent.Hello("nonce-x"), 1), ErrorCodes.Unauthenticated, "not that of an enrolled key");
        agent.Challenge(2);
        Check(
            agent.Say(agent.Rotation("nonce-x", new Enrollee(_stage)), 2),
            ErrorCodes.Unauthenticated,
            "its nonce is not the newest of this connection"
        );
    }

    [Test]
    public void Rotation_to_a_key_that_cannot_be_is_told_what_it_takes()
    {
        var agent = Enrollee.Enrolled(_stage);
        var next = new Enrollee(_stage);
        var rotation = agent.Rotation(agent.Challenge(1), next);
        Check(agent.Say(rotation with { NewProof = rotation.Proof }, 1), ErrorCodes.Invalid, "another P-256 key");
    }

    [Test]
    public void Third_key_is_refused_with_the_name_of_the_second()
    {
        var agent = Enrollee.Enrolled(_stage);
        var rotated = (Rotated)agent.Rotate(1, new Enrollee(_stage));
        Check(agent.Rotate(2, new Enrollee(_stage)), ErrorCodes.Conflict, rotated.KeyId);
        Assert.That(
            Told("handler.rotated"),
            Is.EqualTo(new[] { ("office-7", (string?)$"key {rotated.KeyId} takes the place of {agent.KeyId}") })
        );
    }

    [Test]
    public void Second_copy_is_told_that_the_key_is_locked_now_and_later()
    {
        var agent = Enrollee.Enrolled(_stage);
        var stolen = agent.Generation;
        agent.Join(1);
        var own = agent.Generation;
        agent.Generation = stolen;
        Check(agent.Connect(2, "thief"), ErrorCodes.Revoked, "Two copies of this key are at work");
        Assert.That(_stage.ClosedOn(1).Single().Reason, Does.Contain("enrol again"));
        Assert.That(
            Told("handler.locked"),
            Is.EqualTo(new[] { ("office-7", (string?)$"two copies of key {agent.KeyId} are at work") })
        );
        agent.Generation = own;
        Check(agent.Connect(3), ErrorCodes.Revoked, "locked, since two copies of it were at work");
    }

    [Test]
    public void Key_that_somebody_revoked_is_told_that_alone()
    {
        var agent = Enrollee.Enrolled(_stage);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", agent.KeyId));
        Check(agent.Connect(1), ErrorCodes.Revoked, "The key was revoked, or has expired.");
    }

    [Test]
    public void Connection_that_was_opened_with_a_revoked_key_is_closed_although_it_asks_for_another_keys_nonce()
    {
        var agent = Enrollee.Enrolled(_stage);
        _stage.Save(Stage.KeyOf("h"));
        _stage.Do(new BrokerInput.Opened(1, "bridge", null, new KeyClaim("default/h", [1, 2, 3]), null));
        agent.Challenge(1);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        Assert.That(_stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
    }

    [Test]
    public void Generation_that_was_never_given_out_is_told_of_the_backup()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        agent.Generation++;
        Check(
            agent.Connect(2),
            ErrorCodes.Conflict,
            "The Broker does not know this generation of the key: it was set back to a backup, or somebody guesses. "
                + "Enrol again."
        );
        Assert.That(Told("handler.refused").Single().Detail, Does.Contain("was the Broker set back to a backup?"));
    }

    [Test]
    public void Hello_that_was_held_up_is_told_to_ask_again()
    {
        var agent = Enrollee.Enrolled(_stage);
        var late = agent.Hello(agent.Challenge(1));
        agent.Join(2);
        Check(agent.Say(late, 1), ErrorCodes.Unavailable, "say Challenge again");
    }

    [Test]
    public void Connection_of_an_agent_that_came_by_another_one_is_told_to_come_back()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        agent.Join(2, "another");
        var closed = _stage.ClosedOn(1).Single();
        Assert.That(
            (closed.Code, closed.Reason),
            Is.EqualTo((ErrorCodes.Unavailable, "The key was used on another connection: say Hello again."))
        );
    }
}
