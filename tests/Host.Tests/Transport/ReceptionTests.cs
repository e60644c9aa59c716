using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NetMQ;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Audit;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>A slow or long broken connection does nothing to a peer that the peer could not expect.</summary>
internal sealed class ReceptionTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ApiKey _key = ApiKey.Generate();
    private Reception _reception = null!;
    private Edge _edge = null!;
    private Sender _sender = null!;

    [SetUp]
    public void StartReception()
    {
        var keys = new KeyRing(_time);
        keys.Put(
            new KeyRecord
            {
                Id = _key.Id,
                SecretHash = _key.SecretHash(),
                Kind = KeyKind.Bridge,
                Namespace = "*",
                CreatedAt = _time.GetUtcNow(),
                CreatedBy = "test",
            }
        );
        (_edge, _sender) = (new Edge(), new Sender());
        _reception = new Reception(
            new TransportOptions(),
            keys,
            new OfflineCopies(new TestSigner()),
            _edge,
            new LinkBoard(_time),
            "epoch",
            _time,
            NullLogger<Reception>.Instance
        );
    }

    [TearDown]
    public void EndReception() => _reception.Dispose();

    [Test]
    public void What_a_proxy_kept_for_a_broker_that_restarted_costs_the_handler_nothing()
    {
        for (var kept = 0; kept < 100; kept++)
        {
            Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])));
        }

        Assert.That(_sender.Kinds, Is.EqualTo(new[] { MessageKind.Greet }));
        Say(MessageKind.Hello, HelloBody());
        Assert.That(_edge.Inputs.OfType<BrokerInput.HelloSaid>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Whoever_says_nothing_but_nonsense_is_told_so_and_its_connection_is_ended_once()
    {
        for (var strike = 0; strike < 20; strike++)
        {
            Say(MessageKind.Hello, "nonsense"u8.ToArray());
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(_sender.Kinds.Last(), Is.EqualTo(MessageKind.Close));
        Assert.That(_sender.Ended, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_connection_counts_as_proved_from_the_Welcome_to_the_goodbye_of_either_side()
    {
        var peer = "peer"u8.ToArray();
        Say(MessageKind.Hello, HelloBody());
        var connection = _edge.Inputs.OfType<BrokerInput.HelloSaid>().Single().Connection;
        Assert.That(_reception.IsProved(peer), Is.False);
        _reception.FindTarget(connection)!.Peer.Welcome();
        Assert.That(_reception.IsProved(peer), Is.True);
        Say(MessageKind.Bye, ProtocolJson.Write(new Bye("done")));
        Assert.That(_reception.IsProved(peer), Is.False);

        _reception.FindTarget(connection)!.Peer.Welcome();
        _reception.Forget(connection);
        Assert.That(_reception.IsProved(peer), Is.False);
        Assert.That(_reception.IsProved("other"u8.ToArray()), Is.False);
    }

    [Test]
    public void A_connection_that_the_Broker_closed_is_reported_closed_behind_all_that_was_said_on_it()
    {
        Say(MessageKind.Hello, HelloBody());
        var connection = _edge.Inputs.OfType<BrokerInput.HelloSaid>().Single().Connection;
        Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])));
        _reception.Forget(connection);
        _reception.Forget(connection);
        Assert.That(_edge.Inputs.OfType<BrokerInput.ConnectionClosed>().Single().Connection, Is.EqualTo(connection));
        Assert.That(_edge.Inputs[^1], Is.TypeOf<BrokerInput.ConnectionClosed>());
    }

    [Test]
    public void Hellos_that_waited_together_count_as_one()
    {
        for (var kept = 0; kept < 100; kept++)
        {
            Say(MessageKind.Hello, HelloBody());
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])));
        Assert.That(
            _edge.Inputs.Select(input => input.GetType().Name),
            Is.EqualTo(new[] { "HelloSaid", "HeartbeatSaid" })
        );
    }

    [Test]
    public void The_end_of_a_connection_closes_what_came_by_it_and_nothing_else()
    {
        foreach (var route in new byte[][] { [1], [2] })
        {
            Say(MessageKind.Hello, HelloBody(), route);
        }

        var hellos = _edge.Inputs.OfType<BrokerInput.HelloSaid>().Select(hello => hello.Connection).ToList();
        _reception.LoseAll([1]);
        _reception.LoseAll([3]);
        Assert.That(
            _edge.Inputs.OfType<BrokerInput.ConnectionClosed>().Select(closed => closed.Connection),
            Is.EqualTo(hellos[..1])
        );
        Assert.That(_reception.FindTarget(hellos[0]), Is.Null);
        Assert.That(_reception.FindTarget(hellos[1]), Is.Not.Null);
    }

    [Test]
    public void A_flood_of_invented_routes_takes_nobodys_place_and_keeps_nobody_out()
    {
        _reception.Dispose();
        _reception = new Reception(
            new TransportOptions { PeersMax = 10 },
            new KeyRing(_time),
            new OfflineCopies(new TestSigner()),
            _edge,
            new LinkBoard(_time),
            "epoch",
            _time,
            NullLogger<Reception>.Instance
        );
        Say(MessageKind.Hello, HelloBody());
        var welcome = _edge.Inputs.OfType<BrokerInput.HelloSaid>().Single().Connection;
        _reception.FindTarget(welcome)!.Peer.Welcome();
        for (byte i = 0; i < 200; i++)
        {
            Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])), [9, i]);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        _edge.Inputs.Clear();
        Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])));
        Assert.That(
            _edge.Inputs.OfType<BrokerInput.HeartbeatSaid>().Single().Connection,
            Is.EqualTo(welcome),
            "a session that had its Welcome is heard"
        );
        Say(MessageKind.Hello, HelloBody(), [7]);
        Assert.That(_edge.Inputs.OfType<BrokerInput.HelloSaid>().Count(), Is.EqualTo(1), "a new handler is let in");
    }

    [Test]
    public void A_stranger_who_goes_on_is_told_again_to_say_hello()
    {
        Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])));
        _time.Advance(TimeSpan.FromSeconds(2));
        Say(MessageKind.Heartbeat, ProtocolJson.Write(new Heartbeat(4, [])));
        Assert.That(_sender.Kinds, Is.EqualTo(new[] { MessageKind.Greet, MessageKind.Greet }));
    }

    [Test]
    public void A_bridge_farther_away_than_its_patience_is_linked_by_its_first_proof()
    {
        var nonce = BridgeProofs.NewNonce();
        var hello = ProtocolJson.Write(new BridgeHello("dmz-1", "1", ProtocolJson.Version, _key.Id, nonce));
        for (var repeated = 0; repeated < 20; repeated++)
        {
            Say(MessageKind.BridgeHello, hello);
        }

        foreach (var sent in _sender.Sent.ToList())
        {
            Assert.That(ProtocolJson.TryRead<BridgeChallenge>(sent.Body.Span, out var challenge, out _), Is.True);
            Say(
                MessageKind.BridgeProof,
                ProtocolJson.Write(new BridgeProof(BridgeProofs.OfBridge(_key.SecretHash(), nonce, challenge!.Nonce)))
            );
        }

        Assert.That(_reception.Bridges, Is.EqualTo(1));
        Assert.That(_sender.Kinds.Skip(20), Is.EqualTo(new[] { MessageKind.BridgeWelcome }));
        _reception.DropLinks(_key.Id, "was revoked", _sender);
        Assert.That(
            _edge.Inputs.Select(input =>
                (input.Audit!.Actor, input.Audit.Action, input.Audit.Object, input.Audit.Reason)
            ),
            Is.EqualTo(
                new[]
                {
                    ("bridge:dmz-1", "bridges:open", $"key:{_key.Id}", null),
                    ("bridge:dmz-1", "bridges:close", $"key:{_key.Id}", "its key was revoked"),
                }
            )
        );
    }

    [Test]
    public void Refused_bridges_are_noted_and_counted_from_the_61st_of_a_minute_on()
    {
        for (var i = 0; i < 70; i++)
        {
            Say(
                MessageKind.BridgeHello,
                ProtocolJson.Write(
                    new BridgeHello("dmz-1", "1", ProtocolJson.Version, "nobody", BridgeProofs.NewNonce())
                )
            );
        }

        Assert.That(_edge.Inputs, Has.Count.EqualTo(60));
        var note = _edge.Inputs[0].Audit!;
        Assert.That((note.Actor, note.Action, note.Object), Is.EqualTo(("anonymous", "bridges:open", "key:nobody")));
        Assert.That((note.Outcome, note.Reason), Is.EqualTo((AuditOutcomes.Denied, ErrorCodes.Unauthenticated)));
        _time.Advance(TimeSpan.FromMinutes(1));
        _reception.Sweep(_sender);
        Assert.That(_edge.Inputs[^1].Audit!.Reason, Is.EqualTo("10 more refused Bridges"));
    }

    [Test]
    public void A_bridge_that_begins_anew_gets_a_new_challenge()
    {
        foreach (var nonce in new[] { BridgeProofs.NewNonce(), BridgeProofs.NewNonce() })
        {
            Say(
                MessageKind.BridgeHello,
                ProtocolJson.Write(new BridgeHello("dmz-1", "1", ProtocolJson.Version, _key.Id, nonce))
            );
        }

        Assert.That(_sender.Sent.Select(sent => Convert.ToHexString(sent.Body.Span)).Distinct().Count(), Is.EqualTo(2));
    }

    [Test]
    public void A_handler_without_a_key_may_begin_with_a_challenge_or_an_enrolment()
    {
        Say(MessageKind.Challenge, ProtocolJson.Write(new Challenge("k")));
        Say(MessageKind.Hello, HelloBody());
        _time.Advance(TimeSpan.FromSeconds(1));
        Say(MessageKind.Enrol, ProtocolJson.Write(new Enrol("t", "key", "tp", "p")));
        Say(MessageKind.Rotate, ProtocolJson.Write(new Rotate("k", "n", 1, "key", "p", "np")));
        Assert.That(
            _edge.Inputs.Select(input => input.GetType().Name),
            Is.EqualTo(new[] { "ChallengeSaid", "HelloSaid", "EnrolSaid", "RotateSaid" })
        );
        Assert.That(_sender.Sent, Is.Empty);
    }

    [Test]
    public void Nonces_key_ids_and_steps_are_fresh()
    {
        for (var i = 0; i < 50; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Say(MessageKind.Challenge, ProtocolJson.Write(new Challenge("k")));
            _time.Advance(TimeSpan.FromSeconds(1));
            Say(MessageKind.Enrol, ProtocolJson.Write(new Enrol("t", "key", "tp", "p")));
        }

        var enrolments = _edge.Inputs.OfType<BrokerInput.EnrolSaid>().ToList();
        Assert.That(
            _edge.Inputs.OfType<BrokerInput.ChallengeSaid>().Select(said => said.Nonce),
            Is.Unique.And.All.Length.GreaterThanOrEqualTo(32)
        );
        Assert.That(enrolments.Select(said => said.KeyId).Concat(enrolments.Select(said => said.BrokerId)), Is.Unique);
        Assert.That(enrolments.Select(said => said.Step), Is.All.Positive);
        Assert.That(enrolments.Max(said => said.Step), Is.GreaterThan(1 << 20));
    }

    [TestCase(MessageKind.Rotate)]
    [TestCase(MessageKind.Nonce)]
    [TestCase(MessageKind.Enrolled)]
    public void Nothing_else_opens_a_connection(MessageKind kind)
    {
        Say(kind, "{}"u8.ToArray());
        Assert.That(_edge.Inputs, Is.Empty);
        Assert.That(_sender.Kinds, Is.EqualTo(new[] { MessageKind.Greet }));
    }

    [Test]
    public void Challenges_that_come_too_fast_are_not_answered()
    {
        for (var i = 0; i < 100; i++)
        {
            Say(MessageKind.Challenge, ProtocolJson.Write(new Challenge("k")));
        }

        Assert.That(_edge.Inputs, Has.Count.EqualTo(1));
    }

    private static byte[] HelloBody() =>
        ProtocolJson.Write(
            new Hello
            {
                Protocol = ProtocolJson.Version,
                Handler = "h",
                Instance = "i",
                Methods = [new OfferedMethod { Name = "m" }],
                Capacity = 1,
            }
        );

    private void Say(MessageKind kind, byte[] body, byte[]? route = null)
    {
        var message = new NetMQMessage();
        message.Append(route ?? "peer"u8.ToArray());
        message.AppendEmptyFrame();
        message.Append(new FrameHeader(kind).ToFrame());
        message.Append(body);
        _reception.Receive(message, _sender);
    }

    private sealed class Edge : IBrokerEdge
    {
        public List<BrokerInput> Inputs { get; } = [];

        public bool IsBusy => false;

        public void Put(BrokerInput input) => Inputs.Add(input);
    }

    private sealed class Sender : IPeerSender
    {
        public List<Outgoing> Sent { get; } = [];

        public List<string> Ended { get; } = [];

        public IEnumerable<MessageKind> Kinds => Sent.Select(sent => sent.Kind);

        public void SendTo(Peer peer, Outgoing outgoing) => Sent.Add(outgoing);

        public void SendBacklog(Peer peer) { }

        public void KeepConnection(Peer peer) { }

        public void EndConnection(Peer peer, string reason) => Ended.Add(reason);
    }
}
