using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>
/// What a peer with a Bridge's key gets that is no Bridge, and what a peer without a key can write into the log.
/// </summary>
internal sealed class LinkBoundTests
{
    private static readonly byte[] OpenBody = ProtocolJson.Write(new Open("203.0.113.7", ApiKey.Generate().Reveal()));

    [Test]
    public void One_key_has_only_so_many_links()
    {
        var counted = new List<string>();
        using var listener = Listen(counted);
        var door = new Door(new TransportOptions { LinksPerKeyMax = 3 });
        for (byte i = 0; i < 3; i++)
        {
            Link(door, [i]);
        }

        Prove(door, [9]);

        Assert.That(door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(door.Reception.Bridges, Is.EqualTo(3));
        Assert.That(
            door.Notes[^1],
            Has.Property("Outcome").EqualTo(AuditOutcomes.Denied).And.Property("Action").EqualTo("bridges:open")
        );
        Assert.That(counted, Does.Contain(LinkRegister.TooManyOfKey));

        door.Time.Advance(TimeSpan.FromMinutes(1));
        door.Reception.Sweep(door);
        Assert.That(door.Reception.Bridges, Is.Zero, "silent links are lost");
        Link(door, [9]);
    }

    [Test]
    public void A_second_link_under_one_name_is_told_by_log_audit_and_meter()
    {
        var counted = new List<string>();
        using var listener = Listen(counted);
        var door = new Door();
        Link(door, [1]);
        Assert.That(door.Notes[^1].Reason, Is.Null);
        Assert.That(counted, Does.Not.Contain(LinkRegister.SecondOfName));

        Link(door, [2]);

        Assert.That(
            door.Reception.Bridges,
            Is.EqualTo(2),
            "a Bridge that restarts does not wait for the end of its old link"
        );
        Assert.That(door.Notes[^1].Reason, Does.Contain("1 more"));
        Assert.That(counted, Does.Contain(LinkRegister.SecondOfName));
        Assert.That(
            door.Logged,
            Has.One.Matches<(int Id, string Words)>(line =>
                line.Id == 1162 && line.Words.Contains(door.Key.Id, StringComparison.Ordinal)
            )
        );
    }

    [Test]
    public void A_Bridge_that_begins_anew_on_its_own_link_is_no_second_one()
    {
        var door = new Door();
        Link(door, [1]);
        Link(door, [1]);
        Assert.That(door.Logged.Select(line => line.Id), Does.Not.Contain(1162));
        Assert.That(door.Reception.Bridges, Is.EqualTo(1));
    }

    [Test]
    public void A_link_carries_only_so_many_connections_and_says_so_once()
    {
        var counted = new List<string>();
        using var listener = Listen(counted);
        var door = new Door(new TransportOptions { LinkConnectionsMax = 3 });
        door.Link();
        for (ulong connection = 1; connection <= 10; connection++)
        {
            door.SayLinked(MessageKind.Open, OpenBody, connection);
        }

        Assert.That(door.Inputs.OfType<BrokerInput.Opened>().Count(), Is.EqualTo(3));
        var turnedAway = door.Sent.Where(sent => sent.Kind == MessageKind.Close).Select(sent => sent.BridgeConnection);
        Assert.That(turnedAway, Is.EqualTo(new ulong[] { 4, 5, 6, 7, 8, 9, 10 }));
        Assert.That(door.Logged.Count(line => line.Id == 1163), Is.EqualTo(1));
        Assert.That(door.Notes.Count(note => note.Action == "bridges:connect"), Is.EqualTo(1));
        Assert.That(counted.Count(what => what == LinkRegister.Full), Is.GreaterThanOrEqualTo(1));

        door.SayLinked(MessageKind.Closed, ProtocolJson.Write(new Closed("gone")), connection: 1);
        door.SayLinked(MessageKind.Open, OpenBody, connection: 11);
        door.SayLinked(MessageKind.Open, OpenBody, connection: 11);
        Assert.That(
            door.Inputs.OfType<BrokerInput.Opened>().Count(),
            Is.EqualTo(5),
            "a connection that ends, or is opened again, makes room"
        );
    }

    [TestCase(1103)]
    [TestCase(1104)]
    public void Strangers_at_the_ROUTER_write_a_few_lines_and_their_number(int line)
    {
        var door = new Door();
        for (var i = 0; i < 5_000; i++)
        {
            var route = BitConverter.GetBytes(i);
            if (line == 1103)
            {
                door.Say(
                    MessageKind.BridgeHello,
                    ProtocolJson.Write(
                        new BridgeHello("x", "1", ProtocolJson.Version, "nobody", BridgeProofs.NewNonce())
                    ),
                    route: route
                );
            }
            else
            {
                door.Say(MessageKind.BridgeProof, "{"u8.ToArray(), route: route);
            }
        }

        Assert.That(door.Logged.Select(logged => logged.Id), Is.All.EqualTo(line));
        Assert.That(door.Logged, Has.Count.EqualTo(StrangerLines.PerMinute));

        door.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(door.Logged[^1].Words, Does.Contain($"{5_000 - StrangerLines.PerMinute} more"));
        Assert.That(door.Logged, Has.Count.EqualTo(StrangerLines.PerMinute + 1));
    }

    private static void Link(Door door, byte[] route)
    {
        Prove(door, route);
        Assert.That(door.Last.Kind, Is.EqualTo(MessageKind.BridgeWelcome));
    }

    private static void Prove(Door door, byte[] route)
    {
        var nonce = BridgeProofs.NewNonce();
        door.Prove(BridgeProofs.OfBridge(door.Key.SecretHash(), nonce, door.Greet(nonce, route)), route);
    }

    // Doors of other tests count too.
    private static MeterListener Listen(List<string> counted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name == LinkRegister.UnusualName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (_, _, tags, _) =>
            {
                lock (counted)
                {
                    counted.Add($"{tags[0].Value}");
                }
            }
        );
        listener.Start();
        return listener;
    }
}
