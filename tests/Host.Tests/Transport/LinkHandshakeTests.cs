using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>
/// The Broker's side of a Bridge's link, against a peer that knows the messages but not the key, or not the nonce.
/// </summary>
internal sealed class LinkHandshakeTests
{
    private static readonly byte[] OpenBody = ProtocolJson.Write(new Open("203.0.113.7", ApiKey.Generate().Reveal()));

    private Door _door = null!;

    [SetUp]
    public void OpenDoor() => _door = new Door();

    public enum Forgery
    {
        Empty,
        Random,
        UnderAnotherKey,
        ForAnotherBrokersNonce,
        ForAnotherNonceOfItsOwn,
        TheBrokersOwnProof,
        OneCharacterOff,
        OneCharacterShort,
    }

    [Test]
    public void A_wrong_proof_links_nobody_and_spoils_its_challenge([Values] Forgery forgery)
    {
        var (hash, nonce) = (_door.Key.SecretHash(), BridgeProofs.NewNonce());
        var brokerNonce = _door.Greet(nonce);
        var right = BridgeProofs.OfBridge(hash, nonce, brokerNonce);
        _door.Prove(
            forgery switch
            {
                Forgery.Empty => "",
                Forgery.Random => BridgeProofs.NewNonce(),
                Forgery.UnderAnotherKey => BridgeProofs.OfBridge(ApiKey.Generate().SecretHash(), nonce, brokerNonce),
                Forgery.ForAnotherBrokersNonce => BridgeProofs.OfBridge(hash, nonce, BridgeProofs.NewNonce()),
                Forgery.ForAnotherNonceOfItsOwn => BridgeProofs.OfBridge(hash, BridgeProofs.NewNonce(), brokerNonce),
                Forgery.TheBrokersOwnProof => BridgeProofs.OfBroker(hash, nonce, brokerNonce),
                Forgery.OneCharacterOff => $"{(right[0] == 'A' ? 'B' : 'A')}{right[1..]}",
                _ => right[..^1],
            }
        );
        Assert.That(_door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Unauthenticated));

        // A wrong proof uses the challenge up, so the right proof comes too late.
        _door.Prove(right);
        Assert.That(_door.Reception.Bridges, Is.Zero);
        Assert.That(_door.Strikes, Is.EqualTo(1));
        _door.Say(MessageKind.Open, OpenBody, connection: 1, sequence: 1);
        Assert.That(_door.Inputs, Is.Empty);
    }

    [Test]
    public void The_right_proof_links()
    {
        _door.Link();
        Assert.That(_door.Reception.Bridges, Is.EqualTo(1));
    }

    [TestCase("", true)]
    [TestCase("0.2.0", true)]
    [TestCase("my bridge 1.0 (~)", true)]
    [TestCase("1.0\n2026 fake line", false)]
    [TestCase("\u001b[31m", false)]
    [TestCase("\u202e1.0", false)]
    [TestCase("1.0\u00e9", false)]
    public void A_version_is_printable_ascii(string version, bool isTaken)
    {
        _door.Say(MessageKind.BridgeHello, HelloOf(version));
        Assert.That((_door.Sent.Count, _door.Strikes), Is.EqualTo(isTaken ? (1, 0) : (0, 1)));
    }

    [TestCase(BridgeHello.VersionLengthMax, 1)]
    [TestCase(BridgeHello.VersionLengthMax + 1, 0)]
    [TestCase(1_000_000, 0)]
    public void A_version_is_short(int length, int answers)
    {
        _door.Say(MessageKind.BridgeHello, HelloOf(new string('1', length)));
        Assert.That(_door.Sent.Count(sent => sent.Kind == MessageKind.BridgeChallenge), Is.EqualTo(answers));
        Assert.That(_door.Reception.Bridges, Is.Zero);
    }

    private byte[] HelloOf(string version) =>
        ProtocolJson.Write(
            new BridgeHello(Door.Bridge, version, ProtocolJson.Version, _door.Key.Id, BridgeProofs.NewNonce())
        );

    [TestCase(true)]
    [TestCase(false)]
    public void A_proof_that_is_said_again_links_nobody(bool isFromTheSamePlace)
    {
        var (nonce, proof) = _door.Link();
        _door.Reception.DropLinks(_door.Key.Id, "was revoked", _door);
        var route = isFromTheSamePlace ? Door.Route : [7, 7];
        // An eavesdropper has the whole first handshake.
        _door.Greet(nonce, route);
        _door.Prove(proof, route);
        Assert.That(_door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Unauthenticated));
        Assert.That(_door.Reception.Bridges, Is.Zero);
    }

    [Test]
    public void What_is_said_before_the_proof_opens_nothing()
    {
        _door.Greet(BridgeProofs.NewNonce());
        foreach (
            var (kind, sequence) in new[]
            {
                (MessageKind.Open, 1ul),
                (MessageKind.Hello, 2ul),
                (MessageKind.Pack, 3ul),
                (MessageKind.Closed, 0ul),
            }
        )
        {
            _door.Say(kind, OpenBody, connection: 1, sequence);
            Assert.That(_door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Unauthenticated), $"{kind}");
        }

        Assert.That(_door.Inputs, Is.Empty);
        Assert.That(_door.Reception.Bridges, Is.Zero);
    }

    [TestCase(2ul)]
    [TestCase(0ul)]
    [TestCase(1ul, 1ul)]
    [TestCase(1ul, 3ul)]
    [TestCase(1ul, 2ul, 1ul)]
    [TestCase(1ul, 2ul, ulong.MaxValue)]
    public void A_gap_or_a_repetition_in_the_bridges_count_ends_the_link(params ulong[] sequences)
    {
        _door.Link();
        foreach (var (connection, sequence) in sequences.Index())
        {
            _door.Say(MessageKind.Open, OpenBody, connection: (ulong)connection + 1, sequence);
        }

        Assert.That(_door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(_door.Reception.Bridges, Is.Zero);
        var opened = _door.Inputs.OfType<BrokerInput.Opened>().Select(said => said.Connection).ToList();
        Assert.That(opened, Has.Count.EqualTo(sequences.Length - 1), "messages in order were accepted");
        Assert.That(
            _door.Inputs.OfType<BrokerInput.ConnectionClosed>().Select(said => said.Connection),
            Is.EquivalentTo(opened)
        );
        _door.Say(MessageKind.Open, OpenBody, connection: 9, (ulong)sequences.Length);
        Assert.That(
            _door.LastRefusal().Code,
            Is.EqualTo(ErrorCodes.Unauthenticated),
            "the Bridge must prove itself again"
        );
    }

    [Test]
    public void A_revoked_key_drops_the_link_with_all_that_came_over_it()
    {
        _door.Link();
        _door.SayLinked(MessageKind.Open, OpenBody, connection: 1);
        _door.SayLinked(MessageKind.Open, OpenBody, connection: 2);
        _door.Reception.DropLinks(_door.Key.Id, "was revoked", _door);
        Assert.That(_door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(_door.Reception.Bridges, Is.Zero);
        Assert.That(_door.Inputs.OfType<BrokerInput.ConnectionClosed>().Count(), Is.EqualTo(2));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("szk_0123456789ab")]
    public void A_connection_without_a_key_claims_none_whatever_its_hello_brings(string? key)
    {
        _door.Link();
        _door.SayLinked(MessageKind.Open, ProtocolJson.Write(new Open("203.0.113.7", key)));
        _door.SayLinked(
            MessageKind.Hello,
            ProtocolJson.Write(
                new Hello
                {
                    Protocol = ProtocolJson.Version,
                    Handler = "office-7",
                    Instance = "i",
                    Methods = [],
                    Capacity = 1,
                    ApiKey = ApiKey.Generate().Reveal(),
                }
            )
        );
        Assert.That(_door.Inputs.OfType<BrokerInput.Opened>().Single().Claim, Is.Null);
        var hello = _door.Inputs.OfType<BrokerInput.HelloSaid>().Single();
        Assert.That((hello.Claim, hello.Hello.ApiKey), Is.EqualTo(((KeyClaim?)null, (string?)null)));
    }
}
