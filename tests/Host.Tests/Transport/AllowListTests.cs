using System.Buffers;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>
/// Which peer may send which message to the ROUTER. A new kind of message without a row here fails the test.
/// </summary>
internal sealed class AllowListTests
{
    private const string Ignored = "";
    private const string Greeted = "Greet";
    private const string Struck = "Refused, strike";
    private const string NotOfAHandler = "Close, ConnectionClosed, strike";

    public enum Who
    {
        Stranger,
        Handler,
        Bridge,
    }

    // The effect of each message: answers first, then inputs to the Broker, then whether it counts as a strike.
    private static readonly Dictionary<MessageKind, (string Stranger, string Handler, string Bridge)> Table = new()
    {
        [MessageKind.Hello] = ("HelloSaid", "HelloSaid", "HelloSaid"),
        [MessageKind.Challenge] = ("ChallengeSaid", "ChallengeSaid", "ChallengeSaid"),
        [MessageKind.Enrol] = ("EnrolSaid", "EnrolSaid", "EnrolSaid"),
        [MessageKind.Heartbeat] = (Greeted, "HeartbeatSaid", "HeartbeatSaid"),
        [MessageKind.Report] = (Greeted, "ReportSaid", "ReportSaid"),
        [MessageKind.Bye] = (Greeted, "ByeSaid", "ByeSaid"),
        [MessageKind.Rotate] = (Greeted, "RotateSaid", "RotateSaid"),
        [MessageKind.Ran] = (Greeted, "RanSaid", "RanSaid"),
        [MessageKind.BridgeHello] = ("BridgeChallenge", "BridgeChallenge", "BridgeChallenge, ConnectionClosed"),
        [MessageKind.BridgeProof] = ("strike", "strike", Ignored),
        [MessageKind.Open] = (Greeted, Struck, "ConnectionClosed, Opened"),
        [MessageKind.Closed] = (Greeted, Struck, "ConnectionClosed"),
        [MessageKind.Beat] = (Greeted, Struck, Ignored),
        [MessageKind.Pack] = (Greeted, Struck, "HeartbeatSaid"),
        [MessageKind.Welcome] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Refused] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Assign] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Cancel] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Ack] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Probe] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Drain] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Close] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Greet] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Hold] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.BridgeChallenge] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.BridgeWelcome] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Nonce] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Enrolled] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Rotated] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Keep] = (Greeted, Struck, NotOfAHandler),
        [MessageKind.Taken] = (Greeted, Struck, NotOfAHandler),
    };

    [Test]
    public void A_message_is_taken_from_those_who_may_say_it_and_from_nobody_else(
        [Values] MessageKind kind,
        [Values] Who who
    )
    {
        Assert.That(Table, Does.ContainKey(kind), "The table needs a row for this kind of message.");
        var (stranger, handler, bridge) = Table[kind];
        var door = new Door();
        Become(who, door);
        door.Forget();
        if (who == Who.Bridge && kind is not (MessageKind.BridgeHello or MessageKind.BridgeProof))
        {
            door.SayLinked(kind, BodyOf(kind, door));
        }
        else
        {
            door.Say(kind, BodyOf(kind, door));
        }

        Assert.That(
            Happened(door),
            Is.EqualTo(
                who switch
                {
                    Who.Stranger => stranger,
                    Who.Handler => handler,
                    _ => bridge,
                }
            )
        );
    }

    [Test]
    public void A_bridge_says_for_no_connection_what_only_a_handler_says([Values] MessageKind kind)
    {
        if (IsForTheLink(kind))
        {
            return;
        }

        var door = new Door();
        Become(Who.Bridge, door);
        door.Forget();
        door.SayLinked(kind, BodyOf(kind, door), connection: 0);
        Assert.That(door.Inputs, Is.Empty);
    }

    private static bool IsForTheLink(MessageKind kind) =>
        kind is MessageKind.BridgeHello or MessageKind.BridgeProof or MessageKind.Pack or MessageKind.Beat;

    [TestCase(Who.Handler)]
    [TestCase(Who.Bridge)]
    public void After_eight_messages_that_make_no_sense_nobody_listens(Who who)
    {
        var door = new Door();
        Become(who, door);
        door.Forget();
        for (var said = 0; said < 8; said++)
        {
            if (who == Who.Bridge)
            {
                door.SayLinked(MessageKind.Open, "[]"u8.ToArray());
            }
            else
            {
                door.Say(MessageKind.Open, "{}"u8.ToArray());
            }
        }

        Assert.That(door.Reception.Bridges, Is.Zero);
        door.Forget();
        door.Say(MessageKind.Hello, BodyOf(MessageKind.Hello, door));
        door.Say(MessageKind.BridgeHello, BodyOf(MessageKind.BridgeHello, door));
        Assert.That(Happened(door), Is.Empty);
    }

    private static void Become(Who who, Door door)
    {
        if (who == Who.Handler)
        {
            door.Say(MessageKind.Hello, BodyOf(MessageKind.Hello, door));
        }
        else if (who == Who.Bridge)
        {
            door.Link();
            door.SayLinked(MessageKind.Open, BodyOf(MessageKind.Open, door));
        }
    }

    private static string Happened(Door door) =>
        string.Join(
            ", ",
            door.Sent.Select(sent => $"{sent.Kind}")
                .Concat(door.Inputs.Select(input => input.GetType().Name))
                .Concat(door.Strikes > 0 ? ["strike"] : [])
        );

    private static byte[] BodyOf(MessageKind kind, Door door) =>
        kind switch
        {
            MessageKind.Hello => ProtocolJson.Write(
                new Hello
                {
                    Protocol = ProtocolJson.Version,
                    Handler = "h",
                    Instance = "i",
                    Methods = [new OfferedMethod { Name = "m" }],
                    Capacity = 1,
                }
            ),
            MessageKind.Heartbeat => ProtocolJson.Write(new Heartbeat(1, [])),
            MessageKind.Report => """{"events":[]}"""u8.ToArray(),
            MessageKind.Ran => """{"runs":[],"last":true}"""u8.ToArray(),
            MessageKind.Bye => ProtocolJson.Write(new Bye("enough")),
            MessageKind.Challenge => ProtocolJson.Write(new Challenge("k")),
            MessageKind.Enrol => ProtocolJson.Write(new Enrol("t", "key", "tp", "p")),
            MessageKind.Rotate => ProtocolJson.Write(new Rotate("k", "n", 1, "key", "p", "np")),
            MessageKind.BridgeHello => door.HelloBody(BridgeProofs.NewNonce()),
            MessageKind.BridgeProof => ProtocolJson.Write(new BridgeProof("proof")),
            MessageKind.Open => ProtocolJson.Write(new Open("203.0.113.7", ApiKey.Generate().Reveal())),
            MessageKind.Closed => ProtocolJson.Write(new Closed("gone")),
            MessageKind.Pack => PackOf(MessageKind.Heartbeat, BodyOf(MessageKind.Heartbeat, door)),
            // Messages that only the Broker sends. A peer that sends one is refused.
            _ => "{}"u8.ToArray(),
        };

    private static byte[] PackOf(MessageKind kind, byte[] body)
    {
        var pack = new ArrayBufferWriter<byte>();
        Pack.Append(pack, new FrameHeader(kind, 1), body);
        return pack.WrittenSpan.ToArray();
    }
}
