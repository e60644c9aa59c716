using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What operators may do to handlers.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HandlerCommandTests
{
    private readonly Stage _stage = new();

    private T Disconnect<T>(string name, string ns = "default")
        where T : Answer => _stage.Ask<T>(ticket => new BrokerInput.DisconnectHandler(ticket, ns, name));

    private T Delete<T>(string name, string ns = "default")
        where T : Answer => _stage.Ask<T>(ticket => new BrokerInput.DeleteHandler(ticket, ns, name));

    private T Drain<T>(string name, bool drained = true, string ns = "default")
        where T : Answer => _stage.Ask<T>(ticket => new BrokerInput.DrainHandler(ticket, ns, name, drained));

    private IReadOnlyList<HandlerView> Handlers(string ns = "default") => [.. _stage.Look(state => state.Handlers(ns))];

    [TestCase("nobody", "default")]
    [TestCase("h", "tenant-b")]
    public void Handler_that_is_not_there_is_named_in_the_refusal(string name, string ns)
    {
        _stage.Join(1, "h", 1, "m");
        Answer.Refused[] refusals =
        [
            Disconnect<Answer.Refused>(name, ns),
            Delete<Answer.Refused>(name, ns),
            Drain<Answer.Refused>(name, ns: ns),
        ];
        Assert.That(refusals.Select(refused => refused.Code), Is.All.EqualTo(ErrorCodes.NotFound));
        Assert.That(refusals.Select(refused => refused.Detail), Is.All.EqualTo($"There is no handler \"{name}\"."));
    }

    [Test]
    public void Disconnect_closes_every_session_of_the_handler_and_no_other()
    {
        _stage.Join(1, Stage.HelloOf("h", 1, ["m"], "one"));
        _stage.Join(2, Stage.HelloOf("h", 1, ["m"], "two"));
        _stage.Join(3, "other", 1, "m");
        _stage.Join(4, Stage.HelloOf("h", 1, ["m"]), "tenant-b");
        _stage.Join(5, Stage.HelloOf("h", 1, ["m"], "three")).Drop();
        Disconnect<Answer.Done>("h");
        Assert.That(
            _stage.Said.OfType<Effect.Close>().Select(closed => (closed.Connection, closed.Code, closed.Reason)),
            Is.EquivalentTo(
                new[]
                {
                    (1L, ErrorCodes.Unavailable, "An operator closed the connection."),
                    (2L, ErrorCodes.Unavailable, "An operator closed the connection."),
                }
            )
        );
        Assert.That(
            Handlers().SelectMany(handler => handler.Sessions).Count(at => at.State == "detached"),
            Is.EqualTo(3)
        );
    }

    [Test]
    public void Handler_is_deleted_only_without_sessions()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Join(2, Stage.HelloOf("h", 1, ["m"]), "tenant-b");
        var refused = Delete<Answer.Refused>("h");
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(refused.Detail, Does.Contain("is connected").And.Contain("revoke its key or disconnect it"));

        peer.Drop();
        Assert.That(Delete<Answer.Refused>("h").Code, Is.EqualTo(ErrorCodes.Conflict), "it may come back");
        _stage.Advance(30);
        Delete<Answer.Done>("h");
        Assert.That(Handlers(), Is.Empty);
        Assert.That(_stage.Kept.Handlers.Values.Select(handler => handler.Namespace), Is.EqualTo(new[] { "tenant-b" }));
    }

    [Test]
    public void Handler_beyond_the_limit_of_its_namespace_is_welcome_once_another_was_deleted()
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = new NamespaceLimits { Handlers = 1 } })]
        ));
        _stage.Join(1, "h", 1, "m").Drop();
        _stage.Hello(2, Stage.HelloOf("other", 1, ["m"]));
        var refused = _stage.SentTo<Refused>(2).Single();
        Assert.That(
            (refused.Code, refused.Detail),
            Is.EqualTo(
                (
                    ErrorCodes.Unavailable,
                    "The namespace has as many handlers as it may; an operator can delete one, or raise the limit."
                )
            )
        );
        _stage.Advance(30);
        Delete<Answer.Done>("h");
        Assert.That(_stage.Core.State.Usage("default").Handlers, Is.Zero);
        _stage.Join(3, "other", 1, "m");
        Assert.That(_stage.Core.State.Usage("default").Handlers, Is.EqualTo(1));
    }

    [Test]
    public void Drain_holds_for_all_sessions_of_the_handler_and_for_no_other()
    {
        var one = _stage.Join(1, Stage.HelloOf("h", 5, ["m"], "one"));
        var other = _stage.Join(2, "other", 1, "m");
        var foreign = _stage.Join(3, Stage.HelloOf("h", 5, ["m"]), "tenant-b");
        Drain<Answer.Done>("h");
        var two = _stage.Join(4, Stage.HelloOf("h", 5, ["m"], "two"));
        _stage.Enqueue("m");
        _stage.Enqueue("m");
        _stage.Enqueue(new Broker.Core.Jobs.JobSpec { Method = "m" }, "tenant-b");
        Assert.That(
            (one.Assigned.Count, two.Assigned.Count, other.Assigned.Count, foreign.Assigned.Count),
            Is.EqualTo((0, 0, 1, 1))
        );
        Drain<Answer.Done>("h", drained: false);
        Assert.That(one.Assigned.Count + two.Assigned.Count, Is.EqualTo(1));
    }
}
