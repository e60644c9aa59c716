using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Core.Tests.Access;

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
    public void Ended_connection_shows_what_it_showed_while_it_stood()
    {
        _stage.Save(Stage.KeyOf("h"));
        _stage.Do(
            new BrokerInput.Opened(1, "bridge-1", "203.0.113.7", new KeyClaim("default/h", [1, 2, 3]), null)
            {
                Transport = "longPolling",
            }
        );
        var peer = _stage.Join(1, Hello);
        var standing = new HandlerConnectionView
        {
            SessionId = "session-1",
            Instance = "i",
            KeyId = "default/h",
            Bridge = "bridge-1",
            RemoteAddress = "203.0.113.7",
            Transport = "longPolling",
            ConnectedAt = Stage.Noon,
        };
        Assert.That(Connections, Is.EqualTo(new[] { standing }));
        _stage.Advance(7);
        peer.Drop();
        Assert.That(
            Connections,
            Is.EqualTo(new[] { standing with { EndedAt = Stage.Noon.AddSeconds(7), Reason = "cut" } })
        );
    }

    [Test]
    public void Direct_connection_is_shown_as_one_of_ZeroMQ_without_a_Bridge()
    {
        _stage.Join(1, Hello).Drop();
        var ended = Connections.Single();
        Assert.That(
            (ended.Bridge, ended.RemoteAddress, ended.Transport),
            Is.EqualTo(((string?)null, (string?)null, "zeroMQ"))
        );
    }

    [Test]
    public void Newest_connection_comes_first_whichever_instance_has_it_and_whether_it_stands()
    {
        _stage.Join(1, Hello with { Instance = "one" });
        _stage.Join(2, Hello with { Instance = "two" }).Drop();
        _stage.Join(3, Hello with { Instance = "three" });
        Assert.That(
            _stage
                .Look(state => state.Connections("default", "h"))!
                .Select(row => (row.Number, row.View.SessionId, row.View.Instance, row.View.Reason)),
            Is.EqualTo(
                new (long, string, string, string?)[]
                {
                    (3, "session-3", "three", null),
                    (2, "session-2", "two", "cut"),
                    (1, "session-1", "one", null),
                }
            )
        );
    }

    [Test]
    public void Connection_that_the_Broker_closes_so_that_the_handler_comes_back_says_why()
    {
        _stage.Hello(1, Hello);
        var interval = TimeSpan.FromSeconds(5);
        for (var time = TimeSpan.Zero; _stage.ClosedOn(1).Count == 0; time += interval)
        {
            Assert.That(time, Is.LessThan(TimeSpan.FromMinutes(2)), "the handler answers no probe");
            _stage.Advance(interval);
            new Peer(_stage, 1).Heartbeat(4);
        }

        _stage.Join(2, Hello);
        _stage.Ask<Answer.KeyIs>(ticket => new BrokerInput.ChangeKey(
            ticket,
            "default",
            "default/h",
            ["m"],
            null,
            null,
            2
        ));
        _stage.Join(3, Hello);
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Sealed = ["h"] })]
        ));
        Assert.That(
            Reasons,
            Is.EqualTo(
                new[]
                {
                    "Sealing was switched on: say Hello again.",
                    "The key's policy was changed. Say Hello again.",
                    "3 probes were not answered: connect again and say Hello.",
                }
            )
        );
    }

    [Test]
    public void Connection_whose_enrolled_key_came_by_another_one_says_so()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        agent.Join(2, "another");
        Assert.That(
            _stage.Look(state => state.Connections("default", "office-7"))!.Select(row => row.View.Reason),
            Is.EqualTo(new[] { null, "The key was used on another connection: say Hello again." })
        );
    }

    [Test]
    public void Sessions_whose_connection_became_another_instance_are_noted_behind_the_new_one()
    {
        foreach (var instance in new[] { "i", "j", "k" })
        {
            _stage.Join(1, Hello with { Instance = instance });
        }

        const string Became = "its connection became another instance";
        Assert.That(
            Connections.Select(connection => (connection.Instance, connection.Reason)),
            Is.EqualTo(new (string, string?)[] { ("k", null), ("j", Became), ("i", Became) })
        );
    }

    [Test]
    public void Hello_that_is_said_again_on_the_same_connection_ends_nothing()
    {
        _stage.Join(1, Hello);
        _stage.Advance(3);
        _stage.Join(1, Hello);
        Assert.That(Reasons, Is.EqualTo(new string?[] { null }));
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
        const string Begin = "the handler said Bye: ";
        Assert.That(
            Reasons.Single(),
            Is.EqualTo(Begin + new string('x', ConnectionHistory.ReasonLengthMax - Begin.Length))
        );
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
