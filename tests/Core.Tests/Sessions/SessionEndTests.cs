using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What handlers and operators are told when a connection is closed or a session ends.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionEndTests
{
    private static readonly Hello Hello = Stage.HelloOf("h", 4, ["m"]);

    private readonly Stage _stage = new();

    private (string Code, string Reason) Closed(long connection)
    {
        var closed = _stage.ClosedOn(connection).Single();
        return (closed.Code, closed.Reason);
    }

    private IEnumerable<string?> OfflineBecause() =>
        _stage
            .Said.OfType<Effect.Publish>()
            .Where(said => said.Happened.Type == "handler.offline")
            .Select(said => said.Happened.Detail);

    [Test]
    public void Connection_on_which_nothing_came_for_a_lease_is_told_so()
    {
        _stage.Join(1, Hello);
        _stage.Advance(_stage.Options.Lease);
        Assert.That(Closed(1), Is.EqualTo((ErrorCodes.Unavailable, "No heartbeat for a whole lease.")));
        Assert.That(OfflineBecause(), Is.EqualTo(new[] { "No heartbeat for a whole lease." }));
    }

    [Test]
    public void Session_that_did_not_come_back_ends_with_its_lease_and_says_so()
    {
        _stage.Join(1, Hello).Drop();
        _stage.Advance(_stage.Options.Lease - TimeSpan.FromSeconds(1));
        Assert.That(OfflineBecause(), Is.Empty);
        _stage.Advance(1);
        Assert.That(OfflineBecause(), Is.EqualTo(new[] { "it did not come back within the lease" }));
    }

    [Test]
    public void Connection_whose_instance_came_by_another_one_is_told_so()
    {
        _stage.Join(1, Hello);
        _stage.Join(2, Hello);
        Assert.That(
            Closed(1),
            Is.EqualTo((ErrorCodes.Superseded, "The same instance said Hello on another connection."))
        );
        new Peer(_stage, 1).Heartbeat(4);
        Assert.That(_stage.SentTo<Greet>(1), Has.Count.EqualTo(1), "the old connection has no session any more");
    }

    [Test]
    public void Connection_that_becomes_another_instance_ends_the_session_before_and_says_so()
    {
        _stage.Join(1, Hello);
        _stage.Join(1, Hello with { Handler = "other" });
        Assert.That(OfflineBecause(), Is.EqualTo(new[] { "its connection became another instance" }));
        Assert.That(_stage.ClosedOn(1), Is.Empty);
    }

    [Test]
    public void Handler_that_answers_no_probes_is_told_how_many_and_to_connect_again()
    {
        _stage.Hello(1, Hello);
        for (var seconds = 0; seconds < 30; seconds += 5)
        {
            Assert.That(_stage.ClosedOn(1), Is.Empty);
            _stage.Advance(5);
            new Peer(_stage, 1).Heartbeat(4);
        }

        Assert.That(
            Closed(1),
            Is.EqualTo((ErrorCodes.Unavailable, "3 probes were not answered: connect again and say Hello."))
        );
        Assert.That(
            _stage.Look(state => state.FindHandler("default", "h")!.Sessions.Single().State),
            Is.EqualTo("detached")
        );
        Assert.That(OfflineBecause(), Is.Empty);
        _stage.Advance(_stage.Options.Lease);
        Assert.That(OfflineBecause(), Is.EqualTo(new[] { "it did not come back within the lease" }));
    }

    [Test]
    public void Connections_of_a_key_that_is_revoked_or_expires_are_told_which()
    {
        _stage.Save(Stage.KeyOf("old") with { ExpiresAt = Stage.Noon.AddSeconds(5) });
        _stage.Join(1, Hello);
        _stage.Join(2, Hello with { Handler = "old" });
        _stage.Advance(5);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        Assert.That(Closed(2), Is.EqualTo((ErrorCodes.Revoked, "The API key has expired.")));
        Assert.That(Closed(1), Is.EqualTo((ErrorCodes.Revoked, "The API key was revoked.")));
    }

    [Test]
    public void Key_that_is_not_valid_for_a_handler_says_why()
    {
        _stage.Save(Stage.KeyOf("h"));
        _stage.Do(new BrokerInput.HelloSaid(1, Hello, new KeyClaim("default/h", [9]), "s"));
        Assert.That(
            _stage.SentTo<Refused>(1).Single().Detail,
            Is.EqualTo("The API key is not valid for a handler: it is unknown, revoked or expired.")
        );
    }

    [Test]
    public void Revoked_key_that_is_revoked_again_stays_as_it_was()
    {
        _stage.Join(1, Hello);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        _stage.Advance(5);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        Assert.That(_stage.Kept.Keys["default/h"].RevokedAt, Is.EqualTo(Stage.Noon));
        var foreign = _stage.Ask<Answer.Refused>(ticket => new BrokerInput.RevokeKey(ticket, "tenant-b", "default/h"));
        Assert.That(
            (foreign.Code, foreign.Detail),
            Is.EqualTo((ErrorCodes.NotFound, "There is no key \"default/h\"."))
        );
    }
}
