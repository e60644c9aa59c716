using System.Text;
using ScheduleZero.Contracts.Handlers;
using static ScheduleZero.Bridge.Tests.Peers.MessagePackForms;
using static ScheduleZero.Bridge.Tests.Peers.RawWebSocket;

namespace ScheduleZero.Bridge.Tests.Peers;

/// <summary>
/// Handlers that speak SignalR over WebSockets in ways that are legal and that no client library has: whatever the
/// frames and the forms are, the Broker hears the Hello, and the handler its Welcome.
/// </summary>
internal sealed class OddSignalRPeerTests : BridgeFixture
{
    private const string Body = """{"protocol":1,"handler":"odd-1"}""";

    private static readonly byte[] SignalRPing = "{\"type\":6}\u001e"u8.ToArray();

    private static readonly byte[] PingPayload = "are you there?"u8.ToArray();

    // How the bytes of a handshake and of a message come over the line: the writes, each as it is sent.
    private static readonly (string Name, Func<byte, byte[], byte[], byte[][]> Writes)[] Ways =
    [
        ("a frame for each", (kind, shake, message) => [Frame(Text, shake), Frame(kind, message)]),
        (
            "both frames in one write",
            (kind, shake, message) =>
                [
                    [.. Frame(Text, shake), .. Frame(kind, message)],
                ]
        ),
        ("both in one frame", (kind, shake, message) => [Frame(kind, [.. shake, .. message])]),
        (
            "byte by byte",
            (kind, shake, message) =>
                [.. Frame(Text, shake).Concat(Frame(kind, message)).Select(single => new[] { single })]
        ),
        ("in fragments", (kind, shake, message) => [.. Fragments(Text, shake, 5), .. Fragments(kind, message, 7)]),
        (
            "in fragments of one byte",
            (kind, shake, message) =>
                [
                    [.. Fragments(Text, shake, 1).Concat(Fragments(kind, message, 1)).SelectMany(frame => frame)],
                ]
        ),
        (
            "with empty fragments",
            (kind, shake, message) =>
                [
                    Frame(Text, [], isLast: false),
                    Frame(Continuation, shake),
                    Frame(kind, message.AsSpan(0, 3), isLast: false),
                    Frame(Continuation, [], isLast: false),
                    Frame(Continuation, message.AsSpan(3)),
                ]
        ),
        (
            "with a ping between fragments",
            (kind, shake, message) =>
                [
                    Frame(Text, shake),
                    Frame(kind, message.AsSpan(0, 9), isLast: false),
                    Frame(Ping, PingPayload),
                    Frame(Continuation, message.AsSpan(9)),
                ]
        ),
        (
            "one over many WebSocket messages",
            (kind, shake, message) =>
                [
                    Frame(Text, shake.AsSpan(0, 4)),
                    Frame(Text, shake.AsSpan(4)),
                    .. message.Chunk(11).Select(part => Frame(kind, part)),
                ]
        ),
        (
            "after a pong that nobody asked for",
            (kind, shake, message) =>
                [Frame(Pong, []), Frame(Text, shake), Frame(Pong, PingPayload), Frame(kind, message)]
        ),
        (
            "under a mask of zeros",
            (kind, shake, message) => [Frame(Text, shake, mask: [0, 0, 0, 0]), Frame(kind, message, mask: [0, 0, 0, 0])]
        ),
    ];

    private static readonly (string Name, string Record)[] JsonForms =
    [
        ("as usual", $$"""{"type":1,"invocationId":"1","target":"Hello","arguments":[{{Body}}]}"""),
        ("fields in another order", $$"""{"arguments":[{{Body}}],"target":"Hello","invocationId":"1","type":1}"""),
        (
            "fields that nobody knows",
            $$"""{"type":1,"x":{"y":[1,null]},"headers":{"a":"b"},"invocationId":"1","target":"Hello","streamIds":[],"arguments":[{{Body}}]}"""
        ),
        (
            "escapes in names and words",
            $$"""{"type":1,"invocationId":"1","tar\u0067et":"H\u0065llo","arguments":[{{Body}}]}"""
        ),
        (
            "space around everything",
            $$"""  { "type" : 1 , "invocationId" : "1" , "target" : "Hello" , "arguments" : [ {{Body}} ] }  """
        ),
        (
            "another case of the method's name",
            $$"""{"type":1,"invocationId":"1","target":"hELLO","arguments":[{{Body}}]}"""
        ),
    ];

    private static readonly (string Name, byte[] Message)[] MessagePackMessages =
    [
        (
            "the narrowest forms",
            Message(
                FixArray(6),
                [1],
                FixMap(0),
                FixStr("1"),
                FixStr("Hello"),
                FixArray(1),
                Bin8(Encoding.UTF8.GetBytes(Body)),
                FixArray(0)
            )
        ),
        (
            "the widest forms",
            Message(
                Array32(6),
                UInt64(1),
                Map32(0),
                Str32("1"),
                Str32("Hello"),
                Array32(1),
                Bin32(Encoding.UTF8.GetBytes(Body)),
                Array16(0)
            )
        ),
        (
            "without stream ids",
            Message(
                FixArray(5),
                [1],
                FixMap(0),
                FixStr("1"),
                Str8("Hello"),
                FixArray(1),
                Bin8(Encoding.UTF8.GetBytes(Body))
            )
        ),
        (
            "with headers",
            Message(
                FixArray(6),
                [1],
                FixMap(1),
                FixStr("a"),
                FixStr("b"),
                FixStr("1"),
                FixStr("Hello"),
                FixArray(1),
                Bin8(Encoding.UTF8.GetBytes(Body)),
                FixArray(0)
            )
        ),
        (
            "with more items than there are",
            Message(
                FixArray(7),
                [1],
                FixMap(0),
                FixStr("1"),
                FixStr("Hello"),
                FixArray(1),
                Bin8(Encoding.UTF8.GetBytes(Body)),
                FixArray(0),
                FixStr("later")
            )
        ),
    ];

    private static IEnumerable<TestCaseData> Cells()
    {
        foreach (var (way, writes) in Ways)
        {
            foreach (
                var (form, record) in JsonForms.Where(form => way == Ways[0].Name || form.Name == JsonForms[0].Name)
            )
            {
                yield return new TestCaseData(
                    "json",
                    Encoding.UTF8.GetBytes($"{record}\u001e"),
                    writes
                ).SetArgDisplayNames("json", way, form);
            }

            foreach (
                var (form, message) in MessagePackMessages.Where(form =>
                    way == Ways[0].Name || form.Name == MessagePackMessages[0].Name
                )
            )
            {
                yield return new TestCaseData("messagepack", message, writes).SetArgDisplayNames(
                    "messagepack",
                    way,
                    form
                );
            }
        }
    }

    [TestCaseSource(nameof(Cells))]
    public async Task A_legal_peer_is_heard_and_answered(
        string protocol,
        byte[] message,
        Func<byte, byte[], byte[], byte[][]> writes
    )
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var peer = await OpenAsync(bridge, TestHandler.Key);
        foreach (var bytes in writes(protocol == "json" ? Text : Binary, Handshake(protocol), message))
        {
            await peer.WriteAsync(bytes);
        }

        await ShouldBeWelcomedAsync(peer, broker, Body);
    }

    [Test]
    public async Task A_body_beyond_64_KiB_comes_in_one_frame_with_a_long_length()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var peer = await OpenAsync(bridge, TestHandler.Key);
        var body = $$"""{"protocol":1,"later":"{{new string('x', 70_000)}}"}""";
        await peer.WriteAsync(Frame(Text, Handshake("json")));
        await peer.WriteAsync(Frame(Text, Invocation("1", "Hello", body)));
        await ShouldBeWelcomedAsync(peer, broker, body);
    }

    [Test]
    public async Task Several_messages_and_pings_in_one_frame_are_heard_in_their_order()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var peer = await OpenAsync(bridge, TestHandler.Key);
        await peer.WriteAsync(
            Frame(Text, [.. Handshake("json"), .. SignalRPing, .. SignalRPing, .. Invocation("1", "Hello", Body)])
        );
        await ShouldBeWelcomedAsync(peer, broker, Body);
        await peer.WriteAsync(
            Frame(
                Text,
                [
                    .. SignalRPing,
                    .. Invocation("2", "Heartbeat", """{"capacity":1,"running":[]}"""),
                    .. Invocation("3", "Heartbeat", """{"capacity":2,"running":[]}"""),
                    .. SignalRPing,
                    .. Invocation("4", "Bye", """{"reason":"done"}"""),
                ]
            )
        );
        Assert.That((await broker.HearAsync(MessageKind.Heartbeat)).Text, Does.Contain("\"capacity\":1"));
        Assert.That((await broker.HearAsync(MessageKind.Heartbeat)).Text, Does.Contain("\"capacity\":2"));
        Assert.That((await broker.HearAsync(MessageKind.Bye)).Text, Does.Contain("done"));
    }

    [Test]
    public async Task A_ping_of_the_WebSocket_is_answered_with_its_own_words()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var peer = await OpenAsync(bridge, TestHandler.Key);
        byte[] longest = [.. Enumerable.Repeat((byte)'p', 125)];
        await peer.WriteAsync(Frame(Ping, longest));
        (byte Opcode, byte[] Payload) heard;
        while ((heard = await peer.ReadFrameAsync()).Opcode != Pong)
        {
            Assert.That(heard.Opcode, Is.Not.EqualTo(End));
        }

        Assert.That(heard.Payload, Is.EqualTo(longest));
    }

    [TestCase(new byte[] { 0x03, 0xE8 })]
    [TestCase(new byte[0])]
    public async Task A_close_is_answered_with_a_close_and_the_broker_is_told(byte[] reason)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var peer = await OpenAsync(bridge, TestHandler.Key);
        await peer.WriteAsync(Frame(Text, Handshake("json")));
        await peer.WriteAsync(Frame(Text, Invocation("1", "Hello", Body)));
        await ShouldBeWelcomedAsync(peer, broker, Body);
        await peer.WriteAsync(Frame(End, reason));
        while ((await peer.ReadFrameAsync()).Opcode != End)
        {
            // What was on its way comes first.
        }

        await broker.HearAsync(MessageKind.Closed);
    }

    private static async Task ShouldBeWelcomedAsync(RawWebSocket peer, FakeBroker broker, string body)
    {
        var hello = await broker.HearAsync(MessageKind.Hello);
        Assert.That(hello.Text, Is.EqualTo(body), "as the handler said it");
        await broker.SayAsync(MessageKind.Welcome, hello.Header.Connection, """{"sessionId":"s1"}"""u8.ToArray());
        var said = new StringBuilder();
        while (!said.ToString().Contains("\"sessionId\":\"s1\"", StringComparison.Ordinal))
        {
            var (opcode, payload) = await peer.ReadFrameAsync();
            Assert.That(opcode, Is.Not.EqualTo(End), said.ToString());
            if (opcode == Pong)
            {
                Assert.That(payload, Is.EqualTo(PingPayload));
            }

            said.Append(Encoding.UTF8.GetString(payload));
        }
    }

    private static byte[] Handshake(string protocol) =>
        Encoding.UTF8.GetBytes($$"""{"protocol":"{{protocol}}","version":1}""" + "\u001e");

    private static byte[] Invocation(string id, string target, string body) =>
        Encoding.UTF8.GetBytes(
            $$"""{"type":1,"invocationId":"{{id}}","target":"{{target}}","arguments":[{{body}}]}""" + "\u001e"
        );

    private static IEnumerable<byte[]> Fragments(byte opcode, byte[] payload, int size)
    {
        var parts = payload.Chunk(size).ToList();
        return parts.Select((part, i) => Frame(i == 0 ? opcode : Continuation, part, i == parts.Count - 1));
    }
}
