using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What operators see of the connections of a handler.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConnectionHistoryTests
{
    private static readonly Hello Hello = Stage.HelloOf("h", 4, ["m"]);

    private readonly Stage _stage = new();

    private IReadOnlyList<HandlerConnectionView> Connections =>
        [.. _stage.Look(state => state.Connections("default", "h"))!.Select(row => row.View)];

    private IEnumerable<string?> Reasons => Connections.Select(connection => connection.Reason);

    [Test]
    public void Connection_that_stands_has_no_end_and_one_that_was_cut_says_why()
    {
        _stage.Join(1, Hello).Drop();
        _stage.Advance(5);
        _stage.Join(2, Hello);
        Assert.Multiple(() =>
        {
            Assert.That(Reasons, Is.EqualTo(new[] { null, "cut" }));
            Assert.That(Connections[0].EndedAt, Is.Null);
            Assert.That(Connections[0].ConnectedAt, Is.EqualTo(Stage.Noon.AddSeconds(5)));
            Assert.That(Connections[1].ConnectedAt, Is.EqualTo(Stage.Noon));
            Assert.That(Connections[1].EndedAt, Is.EqualTo(Stage.Noon));
            Assert.That(Connections[1].KeyId, Is.EqualTo("default/h"));
        });
    }

    [Test]
    public void Each_way_to_end_a_connection_is_noted_once()
    {
        _stage.Join(1, Hello);
        _stage.Join(2, Hello);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DisconnectHandler(ticket, "default", "h"));
        _stage.Do(new BrokerInput.ConnectionClosed(2, "told to"));
        _stage.Join(3, Hello);
        _stage.Do(new BrokerInput.ByeSaid(3, "the service stops"));
        _stage.Join(4, Hello);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        Assert.That(
            Reasons,
            Is.EqualTo(
                new[]
                {
                    "The API key was revoked.",
                    "the handler said Bye: the service stops",
                    "An operator closed the connection.",
                    "The same instance said Hello on another connection.",
                }
            )
        );
    }

    [Test]
    public void Silence_of_a_whole_lease_is_noted()
    {
        _stage.Join(1, Hello);
        _stage.Advance(_stage.Options.Lease);
        Assert.That(Reasons, Is.EqualTo(new[] { "No heartbeat for a whole lease." }));
    }

    [Test]
    public void Session_that_ends_after_its_connection_adds_nothing()
    {
        _stage.Join(1, Hello).Drop();
        _stage.Advance(_stage.Options.Lease);
        Assert.That(Reasons, Is.EqualTo(new[] { "cut" }));
    }

    [Test]
    public void Only_the_newest_ended_connections_are_held()
    {
        for (var number = 1; number <= ConnectionHistory.PerHandlerMax + 5; number++)
        {
            _stage.Join(number, Hello);
            _stage.Do(new BrokerInput.ConnectionClosed(number, $"cut {number}"));
        }

        Assert.That(
            Reasons,
            Is.EqualTo(Enumerable.Range(6, ConnectionHistory.PerHandlerMax).Reverse().Select(number => $"cut {number}"))
        );
    }

    [Test]
    public void Reason_that_a_handler_wrote_is_cut()
    {
        _stage.Join(1, Hello);
        _stage.Do(new BrokerInput.ByeSaid(1, new string('x', 100_000)));
        Assert.That(Reasons.Single()!, Has.Length.EqualTo(ConnectionHistory.ReasonLengthMax));
    }

    [Test]
    public void Deleted_handler_leaves_no_connections_behind()
    {
        _stage.Join(1, Hello).Drop();
        _stage.Advance(_stage.Options.Lease);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteHandler(ticket, "default", "h"));
        Assert.That(_stage.Look(state => state.Connections("default", "h")), Is.Null);
        _stage.Join(2, Hello);
        Assert.That(Reasons, Is.EqualTo(new string?[] { null }));
    }

    [Test]
    public void Handlers_of_one_name_in_two_namespaces_have_histories_of_their_own()
    {
        _stage.Join(1, Hello).Drop();
        _stage.Join(2, Hello, "tenant-b");
        Assert.That(_stage.Look(state => state.Connections("tenant-b", "h"))!, Has.Count.EqualTo(1));
        Assert.That(_stage.Look(state => state.Connections("tenant-b", "none")), Is.Null);
    }
}
