using System.Diagnostics.Metrics;
using System.Text;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Host.Tests.Audit;
using ScheduleZero.Sealing;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>What the Broker takes and refuses on sealed connections, direct ones and those of a Bridge.</summary>
[TestFixture(false)]
[TestFixture(true)]
internal sealed class SealedReceptionTests(bool overBridge)
{
    private const string KeyId = "0123456789ab";

    private readonly TestSigner _signer = new();
    private Door _door = null!;
    private SealedChannel _handler = null!;
    private long _connection;

    [SetUp]
    public void OpenDoor()
    {
        _door = new Door();
        if (overBridge)
        {
            _door.Link();
            Say(MessageKind.Open, ProtocolJson.Write(new Open("203.0.113.7")));
        }
    }

    [TearDown]
    public void CloseDoor() => _door.Reception.Dispose();

    [Test]
    public void A_sealed_Hello_and_what_follows_become_inputs()
    {
        ShakeHands();
        Say(MessageKind.Hello, Seal(MessageKind.Hello, Hello()));
        var hello = _door.Inputs.OfType<BrokerInput.HelloSaid>().Single();
        Assert.That((hello.Seal, hello.Hello.Handler), Is.EqualTo((_handler.Transcript, "office-7")));

        Welcome();
        Say(MessageKind.Heartbeat, Seal(MessageKind.Heartbeat, new Heartbeat(7, [])));
        Assert.That(_door.Inputs.OfType<BrokerInput.HeartbeatSaid>().Single().Heartbeat.Capacity, Is.EqualTo(7));
        Assert.That(Refusals(), Is.Empty);
    }

    [Test]
    public void Nothing_but_a_question_counts_before_the_Welcome()
    {
        ShakeHands();
        Say(MessageKind.Heartbeat, Seal(MessageKind.Heartbeat, new Heartbeat(7, [])));
        Assert.That(_door.Inputs.OfType<BrokerInput.HeartbeatSaid>(), Is.Empty);
        Assert.That(_door.Last.Kind, Is.EqualTo(MessageKind.Greet));
    }

    [Test]
    public void A_second_handshake_of_a_stranger_gives_no_place_in_the_session_of_another()
    {
        BeginSession();
        ShakeHands(); // Whoever stands between says Challenge, with a key of his own.
        var forged = new Report([new ReportEvent { Type = ReportEventTypes.Pong, Nonce = "1" }]);
        Say(MessageKind.Report, Seal(MessageKind.Report, forged));
        Assert.That(_door.Inputs.OfType<BrokerInput.ReportSaid>(), Is.Empty);
        Assert.That(Refusals(), Is.EqualTo(new[] { "foreign" }));
    }

    [TestCase("unsealed")]
    [TestCase("forged")]
    [TestCase("replayed")]
    [TestCase("lost")]
    [TestCase("foreign")]
    [TestCase("malformed")]
    public void What_was_meddled_with_ends_the_connection_and_is_counted_logged_and_noted(string why)
    {
        var counted = new List<string>();
        using var listener = Listen(counted);
        BeginSession();
        Say(MessageKind.Heartbeat, why == "unsealed" ? "{}"u8.ToArray() : Meddled(why));

        Assert.That(_door.Inputs.OfType<BrokerInput.ConnectionClosed>().Single().Connection, Is.EqualTo(_connection));
        Assert.That(_door.Last.Kind, Is.EqualTo(MessageKind.Close));
        Assert.That(ProtocolJson.TryRead<Close>(_door.Last.Body.Span, out var close, out _), Is.True);
        Assert.That(close!.Code, Is.EqualTo(ErrorCodes.Unavailable), "The handler comes back, and its job goes on.");
        Assert.That(Refusals(), Is.EqualTo(new[] { why }));
        var note = _door.Notes.Last(note => note.Action == "sessions:unseal");
        Assert.That((note.Outcome, note.Object), Is.EqualTo((AuditOutcomes.Denied, $"key:{KeyId}")));
        Assert.That(counted, Has.Member(why));
        var line = _door.Logged.Single(line => line.Id == 1164).Words;
        Assert.That(line, Does.Contain(KeyId).And.Contain(overBridge ? Door.Bridge : "none").And.Contain("Bridge"));

        var before = _door.Inputs.Count;
        Say(MessageKind.Heartbeat, Seal(MessageKind.Heartbeat, new Heartbeat(7, [])));
        Assert.That(_door.Inputs, Has.Count.EqualTo(before), "Nothing counts on the connection any more.");
    }

    [Test]
    public void Notes_and_lines_of_refused_messages_are_bounded()
    {
        for (var i = 0; i < 2 * SealRefusals.NotedPerMinute; i++)
        {
            if (overBridge)
            {
                Say(MessageKind.Open, ProtocolJson.Write(new Open("203.0.113.7")));
            }

            BeginSession();
            Say(MessageKind.Heartbeat, Meddled("forged"));
        }

        Assert.That(Refusals(), Has.Count.EqualTo(SealRefusals.NotedPerMinute));
        Assert.That(_door.Logged.Count(line => line.Id == 1164), Is.LessThan(2 * SealRefusals.NotedPerMinute));
        _door.Time.Advance(TimeSpan.FromMinutes(1));
        _door.Reception.Sweep(_door);
        Assert.That(Refusals()[^1], Does.StartWith($"{SealRefusals.NotedPerMinute} more"));
    }

    [Test]
    public void What_was_sealed_for_an_earlier_start_of_the_Broker_counts_for_nothing_and_is_no_attack()
    {
        BeginSession();
        var stale = Seal(MessageKind.Heartbeat, new Heartbeat(7, []));
        CloseDoor();
        OpenDoor();
        Say(MessageKind.Challenge, ProtocolJson.Write(new Challenge(KeyId)));
        Say(MessageKind.Heartbeat, stale);
        Assert.That(_door.Last.Kind, Is.EqualTo(MessageKind.Greet));
        _door.Time.Advance(TimeSpan.FromSeconds(1));
        Say(MessageKind.Hello, Seal(MessageKind.Hello, Hello()));
        Assert.That(_door.LastRefusal().Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(_door.Inputs.OfType<BrokerInput.HelloSaid>(), Is.Empty);
        Assert.That(Refusals(), Is.Empty);
    }

    [Test]
    public void A_Hello_that_is_not_sealed_reaches_Core_which_knows_whether_it_had_to_be()
    {
        BeginSession();
        _door.Time.Advance(TimeSpan.FromSeconds(1));
        Say(MessageKind.Hello, ProtocolJson.Write(Hello()));
        Assert.That(_door.Inputs.OfType<BrokerInput.HelloSaid>().Last().Seal, Is.Null);
    }

    private static Hello Hello() =>
        new()
        {
            Protocol = 1,
            Handler = "office-7",
            Instance = "i",
            Methods = [],
            Capacity = 1,
        };

    private static MeterListener Listen(List<string> counted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == SealRefusals.RefusedName)
                {
                    listener.EnableMeasurementEvents(instrument);
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

    private List<string?> Refusals() =>
        [.. _door.Notes.Where(note => note.Action == "sessions:unseal").Select(note => note.Reason)];

    private void Say(MessageKind kind, byte[] body)
    {
        if (overBridge)
        {
            _door.SayLinked(kind, body);
        }
        else
        {
            _door.Say(kind, body);
        }
    }

    private byte[] Seal(MessageKind kind, IMessage message) => _handler.Seal(kind, ProtocolJson.Write(message))!;

    private byte[] Meddled(string why)
    {
        var good = Seal(MessageKind.Heartbeat, new Heartbeat(7, []));
        switch (why)
        {
            case "forged":
                return Changed(good, good.Length / 2);
            case "foreign":
                return Changed(good, 5);
            case "malformed":
                return [.. good[..10], (byte)'"'];
            case "lost":
                return Seal(MessageKind.Heartbeat, new Heartbeat(7, []));
            case "replayed":
                Say(MessageKind.Heartbeat, good);
                return good;
            default:
                throw new ArgumentOutOfRangeException(nameof(why), why, "Nobody meddles so.");
        }
    }

    private static byte[] Changed(byte[] body, int place)
    {
        var changed = (byte[])body.Clone();
        changed[place] = changed[place] == (byte)'A' ? (byte)'B' : (byte)'A';
        return changed;
    }

    private void BeginSession()
    {
        ShakeHands();
        Say(MessageKind.Hello, Seal(MessageKind.Hello, Hello()));
        Welcome();
    }

    /// <summary>Says Challenge, and has the Broker's side answer it.</summary>
    private void ShakeHands()
    {
        using var handshake = SealHandshake.Begin();
        // First messages of a direct connection that come too close together are dropped.
        _door.Time.Advance(TimeSpan.FromMilliseconds(100));
        Say(MessageKind.Challenge, ProtocolJson.Write(new Challenge(KeyId, new SealOffer(handshake.PublicKey))));
        var said = _door.Inputs.OfType<BrokerInput.ChallengeSaid>().Last();
        _connection = said.Connection;
        var asked = new Effect.SendNonce(_connection, KeyId, new Nonce(said.Nonce, "broker-1"), said.Seal!, true);
        var nonce = new SealHandshakes(_signer).Answer(asked, out var made);
        _door.Reception.FindTarget(_connection)!.Seal.Offer(made!, KeyId);
        var text = SealProofs.TextOfAnswer(KeyId, nonce!, said.Seal!, nonce!.Seal!.Key);
        Assert.That(SealProofs.IsSignedBy(_signer.PublicKey, text, nonce.Seal.Signature), Is.True);
        Assert.That(handshake.TryFinish(nonce.Seal.Key!, text, false, SealBounds.Default, out var channel), Is.True);
        _handler = channel!;
    }

    /// <summary>What the loop's side does when Core has welcomed the Hello.</summary>
    private void Welcome()
    {
        var seal = _door.Reception.FindTarget(_connection)!.Seal;
        seal.Begin(seal.FindMade(_handler.Transcript)!);
        var body = seal.Used!.Seal(MessageKind.Welcome, "{}"u8)!;
        Assert.That(
            _handler.Inward.Open(MessageKind.Welcome, body, new SealScratch(), out var plain),
            Is.EqualTo(SealFault.None)
        );
        Assert.That(Encoding.UTF8.GetString(plain.Span), Is.EqualTo("{}"));
    }
}
