using System.Buffers;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Fuzz;

/// <summary>
/// Generated frames at the ROUTER: from strangers, from a handler with a key, and over a Bridge's link.
/// </summary>
internal sealed class RouterFuzzTests
{
    private const int CasesOfOnePeer = 40;

    // A key has a limited number of links, and the links of peers that have left stay open until they have been silent
    // for too long.
    private const int PeersOfOneKey = 4;
    private const string Attempt = "ATTEMPT";
    private const string Key = "KEY";
    private const string StrangersKey = "szk_000000000000_0000000000000000000000000000000000000000000";

    private static readonly (MessageKind Kind, string Body)[] Examples =
    [
        (
            MessageKind.Hello,
            """{"protocol":1,"handler":"wild","instance":"i","methods":[{"name":"wild.run","description":"d","paramsSchema":{"type":"object","properties":{"n":{"pattern":"^(a+)+$"}}},"maxConcurrent":2}],"capacity":4,"groups":["g"],"labels":{"a":"b"},"resume":[{"attemptId":"ATTEMPT","fencingToken":1}],"agent":"x/1","apiKey":"KEY"}"""
        ),
        (MessageKind.Heartbeat, """{"capacity":4,"running":["ATTEMPT"]}"""),
        (
            MessageKind.Report,
            """{"events":[{"type":"started","attemptId":"ATTEMPT"},{"type":"progress","attemptId":"ATTEMPT","percent":5,"message":"m"},{"type":"log","attemptId":"ATTEMPT","level":"info","message":"m","at":"2026-10-01T00:00:00Z"},{"type":"pong","nonce":"1"}]}"""
        ),
        (
            MessageKind.Report,
            """{"events":[{"type":"succeeded","attemptId":"ATTEMPT","fencingToken":1,"result":{"a":[1]}}]}"""
        ),
        (
            MessageKind.Report,
            """{"events":[{"type":"failed","attemptId":"ATTEMPT","fencingToken":1,"error":{"type":"T","message":"m","stackTrace":"s","retryable":true}}]}"""
        ),
        (
            MessageKind.Report,
            """{"events":[{"type":"cancelled","attemptId":"ATTEMPT","fencingToken":1},{"type":"rejected","attemptId":"ATTEMPT","reason":"r"}]}"""
        ),
        (MessageKind.Bye, """{"reason":"r"}"""),
        (
            MessageKind.BridgeHello,
            """{"bridge":"b","version":"1","protocol":1,"keyId":"000000000000","nonce":"AAAAAAAAAAAAAAAAAAAAAA"}"""
        ),
        (MessageKind.BridgeProof, """{"proof":"AAAA"}"""),
        (MessageKind.Open, """{"remoteAddress":"203.0.113.7","apiKey":"KEY","userAgent":"u"}"""),
        (MessageKind.Closed, """{"reason":"r"}"""),
        (MessageKind.Beat, "{}"),
    ];

    public enum Role
    {
        Stranger,
        Handler,
        Bridge,
    }

    private sealed record Said(int Example, byte[] Body, string Header, int Shape, int Connection);

    [TestCase(Role.Stranger)]
    [TestCase(Role.Handler)]
    [TestCase(Role.Bridge)]
    public async Task No_frame_breaks_tells_of_the_inside_or_stays(Role role)
    {
        var run = await FuzzRun.StartAsync($"ROUTER, {role}");
        await using var broker = await RealBroker.StartAsync();
        var handler = await broker.Client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "wild",
                Methods = ["wild.*"],
                Groups = ["*"],
            }
        );
        var bridges = new List<string>();
        for (
            var peers = 0;
            peers == 0 || (role == Role.Bridge && peers * CasesOfOnePeer < run.Cases);
            peers += PeersOfOneKey
        )
        {
            bridges.Add(
                (
                    await broker.Client.Keys.CreateAsync(
                        new KeyRequest { Kind = KeyKind.Bridge, Name = $"wild-bridge-{peers}" }
                    )
                ).Key
            );
        }

        await broker.Client.Jobs.EnqueueBatchAsync([
            .. Enumerable.Repeat(new JobRequest { Method = "wild.run", Params = RawJson.Parse("""{"n":"a"}""") }, 200),
        ]);
        var gen = Saids();
        broker.WorkCalmly();
        var growth = new Growth();
        await Task.Run(() =>
        {
            for (var number = 0; number < run.Cases; number += CasesOfOnePeer)
            {
                using var peer = new Peer(
                    broker.Router,
                    role,
                    handler.Key,
                    bridges[number / CasesOfOnePeer / PeersOfOneKey % bridges.Count]
                );
                for (var i = number; i < Math.Min(run.Cases, number + CasesOfOnePeer); i++)
                {
                    peer.Say(run.Case(gen, i), run.Describe(i));
                }

                peer.Hear(run.Describe(number));
            }
        });
        await SayNoProtocolAsync(broker.Router, run);
        await broker.CheckAsync();
        growth.Check(0, 0);
    }

    private static Gen<Said> Saids() =>
        Gen.Int[0, Examples.Length - 1]
            .SelectMany(example =>
                Gen.Select(
                    HostileJson.Bodies([Examples[example].Body]),
                    HostileJson.AnyOf([
                        .. Enumerable.Repeat("", 12),
                        "SZ1",
                        "SZ1 ",
                        "SZ2 Hello",
                        "SZ1 Nothing",
                        "SZ1 Hello -",
                        "SZ1 Hello c0 0",
                        "SZ1 Hello c18446744073709551616",
                        "SZ1 Welcome",
                        "SZ1  Hello",
                        new string('S', 65),
                        "\u0001\u0002",
                        "SZ1 Pack - 1",
                    ]),
                    Gen.Int[0, 30],
                    Gen.Int[0, 6],
                    (body, header, shape, connection) => new Said(example, body, header, shape, connection)
                )
            );

    // Sends bytes that are not even ZMTP.
    private static async Task SayNoProtocolAsync(string router, FuzzRun run)
    {
        for (var i = 0; i < Math.Min(100, run.Cases); i++)
        {
            var port = new Uri(router).Port;
            using var socket = new TcpClient("127.0.0.1", port);
            var bytes = run.Case(Gen.Byte.Array[0, 200], i);
            await socket.GetStream().WriteAsync(i % 2 == 0 ? bytes : [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, .. bytes]);
        }
    }

    /// <summary>A peer that sends frames, and checks that the answers have no internal words.</summary>
    private sealed class Peer : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly DealerSocket _socket;
        private readonly string _key;
        private readonly Role _role;
        private ulong _sequence;
        private string _attempt = "0198c0de-0000-7000-8000-000000000000.1";

        public Peer(string router, Role role, string handlerKey, string bridgeKey)
        {
            (_role, _key) = (role, role == Role.Stranger ? StrangersKey : handlerKey);
            _socket = new DealerSocket();
            _socket.Options.Linger = TimeSpan.Zero;
            _socket.Connect(router);
            if (role == Role.Handler)
            {
                Send("SZ1 Hello", Encoding.UTF8.GetBytes(Mine(Examples[0].Body)));
                Expect(MessageKind.Welcome);
            }
            else if (role == Role.Bridge)
            {
                Link(bridgeKey);
            }
        }

        public void Say(Said said, string which)
        {
            var (kind, _) = Examples[said.Example];
            var body = Encoding.UTF8.GetBytes(Mine(Encoding.UTF8.GetString(said.Body)));
            body =
                body.Length == 0 || said.Body.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)127) < 0
                    ? body
                    : said.Body;
            var header = said.Header.Length > 0 ? said.Header : HeaderOf(kind, said.Connection);
            byte[][] frames = said.Shape switch
            {
                0 => [body],
                1 =>
                [
                    [],
                    body,
                ],
                2 =>
                [
                    [],
                    [],
                    body,
                ],
                3 =>
                [
                    [1],
                    [2],
                    [],
                    Encoding.ASCII.GetBytes(header),
                    body,
                ],
                4 => [.. Enumerable.Repeat((byte[])[1], 20), [], Encoding.ASCII.GetBytes(header), body],
                5 =>
                [
                    [],
                    Encoding.ASCII.GetBytes(header),
                    body,
                    body,
                ],
                6 =>
                [
                    [],
                    Encoding.ASCII.GetBytes(header.Replace(kind.ToString(), "Pack", StringComparison.Ordinal)),
                    PackOf(kind, body),
                ],
                _ =>
                [
                    [],
                    Encoding.ASCII.GetBytes(header),
                    body,
                ],
            };
            Assert.That(_socket.TrySendMultipartBytes(Patience, frames), Is.True, which);
            Hear(which);
        }

        public void Hear(string which)
        {
            var frames = new List<byte[]>();
            while (_socket.TryReceiveMultipartBytes(TimeSpan.Zero, ref frames!))
            {
                var text = Encoding.UTF8.GetString(frames[^1]);
                Assert.That(FrameHeader.TryParse(frames[^2], out var header), Is.True, which);
                Assert.That(Leaks.In(text), Is.Null, $"{which}: {header}: {text}");
                // Reports on an attempt that the peer really holds reach more code.
                var at =
                    header.Kind == MessageKind.Assign ? text.IndexOf("\"attemptId\":\"", StringComparison.Ordinal) : -1;
                _attempt = at < 0 ? _attempt : text[(at + 13)..text.IndexOf('"', at + 13)];
            }
        }

        public void Dispose() => _socket.Dispose();

        private string HeaderOf(MessageKind kind, int connection) =>
            _role == Role.Bridge
                ? $"SZ1 {kind} {(connection == 0 ? "-" : $"c{connection}")} {++_sequence}"
                : $"SZ1 {kind}";

        private string Mine(string text) =>
            text.Replace(Attempt, _attempt, StringComparison.Ordinal)
                .Replace(
                    "\"fencingToken\":1",
                    $"\"fencingToken\":{_attempt[(_attempt.IndexOf('.', StringComparison.Ordinal) + 1)..]}",
                    StringComparison.Ordinal
                )
                .Replace(Key, _key, StringComparison.Ordinal);

        private void Link(string bridgeKey)
        {
            Assert.That(ApiKey.TryParse(bridgeKey, out var key), Is.True);
            var nonce = BridgeProofs.NewNonce();
            Send(
                "SZ1 BridgeHello",
                ProtocolJson.Write(new BridgeHello("wild-bridge", "1", ProtocolJson.Version, key!.Id, nonce))
            );
            Assert.That(
                ProtocolJson.TryRead<BridgeChallenge>(Expect(MessageKind.BridgeChallenge), out var challenge, out _),
                Is.True
            );
            Send(
                "SZ1 BridgeProof",
                ProtocolJson.Write(new BridgeProof(BridgeProofs.OfBridge(key.SecretHash(), nonce, challenge!.Nonce)))
            );
            Expect(MessageKind.BridgeWelcome);
            for (var connection = 1; connection <= 3; connection++)
            {
                Send(HeaderOf(MessageKind.Open, connection), Encoding.UTF8.GetBytes(Mine(Examples[9].Body)));
            }
        }

        private void Send(string header, byte[] body) =>
            Assert.That(_socket.TrySendMultipartBytes(Patience, [], Encoding.ASCII.GetBytes(header), body), Is.True);

        private byte[] Expect(MessageKind kind)
        {
            var frames = new List<byte[]>();
            var others = new List<string>();
            while (_socket.TryReceiveMultipartBytes(Patience, ref frames!))
            {
                others.Add(Encoding.UTF8.GetString(frames[^1]));
                if (FrameHeader.TryParse(frames[^2], out var header) && header.Kind == kind)
                {
                    return frames[^1];
                }
            }

            throw new AssertionException($"No {kind} came, only: {string.Join(' ', others)}");
        }

        private static byte[] PackOf(MessageKind kind, byte[] body)
        {
            var pack = new ArrayBufferWriter<byte>();
            Pack.Append(pack, new FrameHeader(kind, 1), body);
            return body.Length % 5 == 0
                ? pack.WrittenSpan[..(pack.WrittenCount / 2)].ToArray()
                : pack.WrittenSpan.ToArray();
        }
    }
}
