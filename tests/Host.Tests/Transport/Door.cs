using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NetMQ;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Audit;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>
/// The receiving side of the ROUTER, with the key of one Bridge on its key ring. The test records its inputs, answers
/// and strikes.
/// </summary>
internal sealed class Door : IBrokerEdge, IPeerSender, ILogger<Reception>
{
    public const string Bridge = "dmz-1";

    private const int StrikeEvent = 1104;

    private readonly FakeTimeProvider _time = new();
    private readonly List<BrokerInput> _inputs = [];
    private ulong _sequence;

    public Door(TransportOptions? options = null)
    {
        var keys = new KeyRing(_time);
        keys.Put(
            new KeyRecord
            {
                Id = Key.Id,
                SecretHash = Key.SecretHash(),
                Kind = KeyKind.Bridge,
                Namespace = "*",
                CreatedAt = _time.GetUtcNow(),
                CreatedBy = "test",
            }
        );
        Reception = new Reception(
            options ?? new TransportOptions(),
            keys,
            new OfflineCopies(new TestSigner()),
            this,
            new LinkBoard(_time),
            "epoch",
            _time,
            this
        );
    }

    public static byte[] Route { get; } = "peer"u8.ToArray();

    public ApiKey Key { get; } = ApiKey.Generate();

    public Reception Reception { get; }

    /// <summary>The inputs, without those that only note something for the audit log.</summary>
    public IReadOnlyList<BrokerInput> Inputs => _inputs;

    public List<Outgoing> Sent { get; } = [];

    /// <summary>Why connections were ended.</summary>
    public List<string> Ended { get; } = [];

    /// <summary>The notes for the audit log.</summary>
    public List<AuditNote> Notes { get; } = [];

    /// <summary>The events of the Broker's log: id and text.</summary>
    public List<(int Id, string Words)> Logged { get; } = [];

    public FakeTimeProvider Time => _time;

    public int Strikes { get; private set; }

    public bool IsBusy => false;

    public Outgoing Last => Sent[^1];

    public void Say(MessageKind kind, byte[] body, ulong connection = 0, ulong sequence = 0, byte[]? route = null)
    {
        var message = new NetMQMessage();
        message.Append(route ?? Route);
        message.AppendEmptyFrame();
        message.Append(new FrameHeader(kind, connection, sequence).ToFrame());
        message.Append(body);
        Reception.Receive(message, this);
    }

    /// <summary>Sends a message over the link, with the next number.</summary>
    public void SayLinked(MessageKind kind, byte[] body, ulong connection = 1) =>
        Say(kind, body, connection, kind == MessageKind.Beat ? 0 : ++_sequence);

    /// <summary>Says BridgeHello, and returns the nonce of the challenge.</summary>
    public string Greet(string nonce, byte[]? route = null)
    {
        Say(MessageKind.BridgeHello, HelloBody(nonce), route: route);
        Assert.That(
            ProtocolJson.TryRead<BridgeChallenge>(Last.Body.Span, out var challenge, out _),
            Is.True,
            $"{Last.Kind}"
        );
        return challenge!.Nonce;
    }

    public byte[] HelloBody(string nonce) =>
        ProtocolJson.Write(new BridgeHello(Bridge, "1", ProtocolJson.Version, Key.Id, nonce));

    public void Prove(string proof, byte[]? route = null) =>
        Say(MessageKind.BridgeProof, ProtocolJson.Write(new BridgeProof(proof)), route: route);

    /// <summary>Proves the Bridge's key, and returns the nonces and the proof.</summary>
    public (string Nonce, string Proof) Link()
    {
        var nonce = BridgeProofs.NewNonce();
        var proof = BridgeProofs.OfBridge(Key.SecretHash(), nonce, Greet(nonce));
        Prove(proof);
        Assert.That(Last.Kind, Is.EqualTo(MessageKind.BridgeWelcome));
        _sequence = 0;
        return (nonce, proof);
    }

    public Refused LastRefusal()
    {
        Assert.That(Last.Kind, Is.EqualTo(MessageKind.Refused));
        Assert.That(ProtocolJson.TryRead<Refused>(Last.Body.Span, out var refused, out _), Is.True);
        return refused!;
    }

    /// <summary>Clears the records, so that a test sees only what happens from now on.</summary>
    public void Forget()
    {
        // Hellos that come close together count as one, so time passes first.
        _time.Advance(TimeSpan.FromSeconds(2));
        _inputs.Clear();
        Sent.Clear();
        Strikes = 0;
    }

    public void Put(BrokerInput input)
    {
        if (input is BrokerInput.Noted { Audit: { } note })
        {
            Notes.Add(note);
        }
        else
        {
            _inputs.Add(input);
        }
    }

    public void SendTo(Peer peer, Outgoing outgoing) => Sent.Add(outgoing);

    public void SendBacklog(Peer peer) { }

    public void KeepConnection(Peer peer) { }

    public void EndConnection(Peer peer, string reason) => Ended.Add(reason);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        Strikes += eventId.Id == StrikeEvent ? 1 : 0;
        Logged.Add((eventId.Id, formatter(state, exception)));
    }
}
