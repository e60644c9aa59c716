using System.Text;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Fuzz;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>A hostile peer that has proved a Bridge's key, at a whole Broker.</summary>
internal sealed class TrueLinkTests
{
    private RealBroker _broker = null!;
    private KeyCreated _handlerKey = null!;
    private KeyCreated _bridgeKey = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _broker = await RealBroker.StartAsync();
        _handlerKey = await _broker.Client.Keys.CreateAsync(
            new KeyRequest { Kind = KeyKind.Handler, Handler = "office-7" }
        );
        _bridgeKey = await _broker.Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "captured" });
    }

    [TearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    public enum Shown
    {
        Nothing,
        NoKeyAtAll,
        AWrongSecret,
        TheBridgesOwnKey,
        AnotherHandlersKey,
    }

    [Test]
    public async Task A_bridge_opens_no_handlers_session_without_that_handlers_key([Values] Shown shown)
    {
        var other = await _broker.Client.Keys.CreateAsync(
            new KeyRequest { Kind = KeyKind.Handler, Handler = "office-8" }
        );
        using var link = new Link(_broker.Router, _bridgeKey.Key);
        link.Say(
            new Open(
                "203.0.113.7",
                shown switch
                {
                    Shown.Nothing => null,
                    Shown.NoKeyAtAll => "nonsense",
                    Shown.AWrongSecret => $"{_handlerKey.Key[..17]}{ApiKey.Generate().Reveal()[17..]}",
                    Shown.TheBridgesOwnKey => _bridgeKey.Key,
                    _ => other.Key,
                }
            )
        );
        // The Hello brings the right key, but on a Bridge's link only the key of the Open counts.
        link.Say(HelloOf(_handlerKey.Key));
        Assert.That(
            link.Hear<Refused>().Code,
            Is.EqualTo(shown == Shown.AnotherHandlersKey ? ErrorCodes.Forbidden : ErrorCodes.Unauthenticated)
        );
        var handlers = await _broker.Client.Handlers.ListAsync();
        Assert.That(handlers.Items.Select(handler => handler.Name), Does.Not.Contain("office-7"));
    }

    [Test]
    public async Task Revoking_a_bridges_key_ends_its_link_and_what_came_over_it()
    {
        using var link = new Link(_broker.Router, _bridgeKey.Key);
        link.Say(new Open("203.0.113.7", _handlerKey.Key));
        link.Say(HelloOf(null));
        link.Hear<Welcome>();
        Assert.That((await _broker.Client.StatsAsync()).Bridges, Is.EqualTo(1));

        await _broker.Client.Keys.RevokeAsync(_bridgeKey.Id);
        Assert.That(link.Hear<Refused>().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That((await _broker.Client.StatsAsync()).Bridges, Is.Zero);
        link.Say(new Heartbeat(1, []));
        Assert.That(
            link.Hear<Refused>().Code,
            Is.EqualTo(ErrorCodes.Unauthenticated),
            "messages on the link are refused"
        );
        link.SayHello();
        Assert.That(
            link.Hear<Refused>().Code,
            Is.EqualTo(ErrorCodes.Unauthenticated),
            "a new link with the key is refused"
        );
    }

    [TestCase("expiry")]
    [TestCase("rotation without an overlap")]
    [TestCase("the end of the overlap after a rotation")]
    public async Task The_end_of_a_bridges_key_ends_its_link_and_what_came_over_it(string end)
    {
        var key = await _broker.Client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Bridge,
                Name = "mortal",
                ExpiresAt = end == "expiry" ? TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(3) : null,
            }
        );
        using var link = new Link(_broker.Router, key.Key);
        using var other = new Link(_broker.Router, _bridgeKey.Key);
        link.Say(new Open("203.0.113.7", _handlerKey.Key));
        link.Say(HelloOf(null));
        link.Hear<Welcome>();
        if (end != "expiry")
        {
            await _broker.Client.Keys.RotateAsync(
                key.Id,
                TimeSpan.FromSeconds(end == "rotation without an overlap" ? 0 : 1)
            );
        }

        var refused = link.Hear<Refused>();
        Assert.That((refused.Code, refused.Detail), Is.EqualTo((ErrorCodes.Revoked, "The bridge's key has expired.")));
        Assert.That((await _broker.Client.StatsAsync()).Bridges, Is.EqualTo(1), "the link of the other key stands");
        link.SayHello();
        Assert.That(link.Hear<Refused>().Code, Is.EqualTo(ErrorCodes.Unauthenticated));
        var noted = (await _broker.Client.Audit.ListAsync()).Items.Where(happened =>
            happened.Object == $"key:{key.Id}"
        );
        Assert.That(
            noted.Select(happened => (happened.Action, happened.Reason)),
            Does.Contain(("keys:expire", (string?)null)).And.Contain(("bridges:close", (string?)"its key has expired"))
        );
    }

    private static Hello HelloOf(string? key) =>
        new()
        {
            Protocol = ProtocolJson.Version,
            Handler = "office-7",
            Instance = "i",
            Methods = [new OfferedMethod { Name = "reports.render" }],
            Capacity = 1,
            ApiKey = key,
        };

    private sealed class Link : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly DealerSocket _socket = new();
        private readonly ApiKey _key;
        private readonly string _nonce = BridgeProofs.NewNonce();
        private ulong _sequence;

        public Link(string router, string bridgeKey)
        {
            Assert.That(ApiKey.TryParse(bridgeKey, out var key), Is.True);
            _key = key!;
            _socket.Options.Linger = TimeSpan.Zero;
            _socket.Connect(router);
            SayHello();
            var challenge = Hear<BridgeChallenge>();
            var proof = BridgeProofs.OfBridge(_key.SecretHash(), _nonce, challenge.Nonce);
            SayUncounted(new BridgeProof(proof));
            Hear<BridgeWelcome>();
        }

        public void SayHello() => SayUncounted(new BridgeHello("captured", "1", ProtocolJson.Version, _key.Id, _nonce));

        /// <summary>Sends a message on the handler's connection, c1.</summary>
        public void Say(IMessage message) => Send(new FrameHeader(message.Kind, 1, ++_sequence), message);

        public T Hear<T>()
            where T : class, IMessage<T>
        {
            var frames = new List<byte[]>();
            while (_socket.TryReceiveMultipartBytes(Patience, ref frames!))
            {
                Assert.That(FrameHeader.TryParse(frames[^2], out var header), Is.True);
                var body = frames[^1];
                if (header.Kind == MessageKind.Pack)
                {
                    ReadOnlyMemory<byte> rest = body;
                    Assert.That(Pack.TryRead(ref rest, out header, out var inner), Is.True);
                    body = inner.ToArray();
                }

                if (header.Kind == T.MessageKind && ProtocolJson.TryRead<T>(body, out var message, out _))
                {
                    return message;
                }

                Assert.That(header.Kind, Is.EqualTo(MessageKind.Beat), Encoding.UTF8.GetString(body));
            }

            throw new AssertionException($"No {T.MessageKind} came.");
        }

        public void Dispose() => _socket.Dispose();

        private void SayUncounted(IMessage message) => Send(new FrameHeader(message.Kind), message);

        private void Send(FrameHeader header, IMessage message) =>
            Assert.That(
                _socket.TrySendMultipartBytes(Patience, [], header.ToFrame(), ProtocolJson.Write(message)),
                Is.True
            );
    }
}
