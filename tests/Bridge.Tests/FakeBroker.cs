using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Tests;

/// <summary>A message as the Broker got it, taken out of its Pack if it came in one.</summary>
internal sealed record Heard(FrameHeader Header, byte[] Body, bool WasPacked)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>
/// The Broker's end of the link, on a real ROUTER: does the handshake by itself, and for the rest says what a test
/// tells it to.
/// </summary>
internal sealed class FakeBroker : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly RouterSocket _router = new();
    private readonly ConcurrentQueue<Action> _orders = new();
    private readonly PollerSignal _ordered = new();
    private readonly NetMQPoller _poller = [];
    private readonly Channel<Heard> _heard = Channel.CreateUnbounded<Heard>();
    private readonly ConcurrentQueue<ulong> _sequences = new();
    private readonly Func<string, byte[]?> _secretHashOf;

    /// <summary>
    /// Hellos and the nonces that answered them, by the routing id of their connection in hexadecimal. A Bridge that
    /// dials again, and one of another test that was given this port, have connections of their own.
    /// </summary>
    private readonly Dictionary<string, (BridgeHello Hello, string Nonce)> _challenged = [];

    /// <summary>The routing id of the Bridge that proved its key last; empty before, and once it is away.</summary>
    private byte[] _bridge = [];
    private ulong _sequence = 1;
    private NetMQMessage? _message;

    /// <param name="secretHashOf">The hash that the Broker believes in for a key id; null for an unknown key.</param>
    /// <param name="endpoint">Bound, or dialled with a leading <c>&gt;</c>; null binds a free port.</param>
    /// <param name="secure">Sets up CURVE on the socket; plaintext without it.</param>
    public FakeBroker(
        Func<string, byte[]?> secretHashOf,
        string? endpoint = null,
        bool isMute = false,
        Action<RouterSocket>? secure = null
    )
    {
        _secretHashOf = secretHashOf;
        IsMute = isMute;
        _router.Options.Linger = TimeSpan.Zero;
        _router.Options.RouterMandatory = true;
        secure?.Invoke(_router);
        if (endpoint is null)
        {
            Port = _router.BindRandomPort("tcp://127.0.0.1");
        }
        else if (endpoint.StartsWith('>'))
        {
            _router.Connect(endpoint[1..]);
        }
        else
        {
            _router.Bind(endpoint);
            Port = new Uri(endpoint).Port;
        }

        var beat = new NetMQTimer(TimeSpan.FromMilliseconds(100));
        beat.Elapsed += (_, _) => SayUncounted(new Beat());
        _router.ReceiveReady += (_, _) => Receive();
        _ordered.Raised += Obey;
        _poller.Add(_router);
        _poller.Add(_ordered.Pollable);
        _poller.Add(beat);
        _poller.RunAsync("fake broker");
    }

    public int Port { get; }

    public string Endpoint => $"tcp://127.0.0.1:{Port}";

    /// <summary>While true, nothing is answered and no beat is sent: the Broker hangs.</summary>
    public bool IsMute { get; set; }

    /// <summary>Whether the Broker says that it checks the names of certificates.</summary>
    public bool ChecksCertificates { get; init; } = true;

    /// <summary>While true, messages wait in the socket.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>The counts of the outer messages, in order.</summary>
    public IReadOnlyList<ulong> Sequences => [.. _sequences];

    /// <summary>The next message of the kind; others before it are passed over.</summary>
    public async Task<Heard> HearAsync(MessageKind kind)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var heard = await _heard.Reader.ReadAsync(patience.Token);
            if (heard.Header.Kind == kind)
            {
                return heard;
            }
        }
    }

    /// <summary>What has been heard so far and not been asked for.</summary>
    public IReadOnlyList<Heard> TakeAll()
    {
        var all = new List<Heard>();
        while (_heard.Reader.TryRead(out var heard))
        {
            all.Add(heard);
        }

        return all;
    }

    public Task SayAsync(ulong connection, IBrokerMessage message) =>
        SayAsync(message.Kind, connection, ProtocolJson.Write(message));

    public Task SayAsync(MessageKind kind, ulong connection, byte[] body) =>
        OrderAsync(() => Send(new FrameHeader(kind, connection, _sequence++), body));

    public Task SayPackAsync(params (MessageKind Kind, ulong Connection, byte[] Body)[] messages) =>
        OrderAsync(() =>
        {
            var pack = new ArrayBufferWriter<byte>();
            foreach (var (kind, connection, body) in messages)
            {
                Pack.Append(pack, new FrameHeader(kind, connection), body);
            }

            Send(new FrameHeader(MessageKind.Pack, 0, _sequence++), pack.WrittenSpan.ToArray());
        });

    public Task SayFramesAsync(params byte[][] frames) =>
        OrderAsync(() => _router.SendMultipartBytes([_bridge, .. frames]));

    /// <summary>A message is lost on the way to the Bridge.</summary>
    public Task LoseOneAsync() => OrderAsync(() => _sequence++);

    public void Dispose()
    {
        _poller.Dispose();
        _ordered.Dispose();
        _router.Dispose();
    }

    private Task OrderAsync(Action act)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _orders.Enqueue(() =>
        {
            try
            {
                act();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        _ordered.Set();
        return done.Task.WaitAsync(Patience);
    }

    private void Obey()
    {
        while (_orders.TryDequeue(out var order))
        {
            order();
        }
    }

    private void Receive()
    {
        while (!IsDeaf && _router.TryReceiveMultipartMessage(ref _message))
        {
            var frames = _message!.Select(frame => frame.ToByteArray()).ToArray();
            if (
                frames is not [var bridge, [], var headerFrame, var body]
                || !FrameHeader.TryParse(headerFrame, out var header)
            )
            {
                throw new InvalidOperationException("The Bridge sent frames that are no message.");
            }

            if (!IsMute)
            {
                Take(bridge, header, body);
            }
        }
    }

    private void Take(byte[] bridge, FrameHeader header, byte[] body)
    {
        if (header.Sequence > 0)
        {
            _sequences.Enqueue(header.Sequence);
        }

        if (header.Kind == MessageKind.Pack)
        {
            ReadOnlyMemory<byte> rest = body;
            while (Pack.TryRead(ref rest, out var inner, out var entry))
            {
                _heard.Writer.TryWrite(new Heard(inner, entry.ToArray(), WasPacked: true));
            }

            return;
        }

        if (header.Kind == MessageKind.BridgeHello)
        {
            Challenge(bridge, body);
        }
        else if (header.Kind == MessageKind.BridgeProof)
        {
            Judge(bridge, body);
        }

        _heard.Writer.TryWrite(new Heard(header, body, WasPacked: false));
    }

    private void Challenge(byte[] bridge, byte[] body)
    {
        Assert.That(ProtocolJson.TryRead<BridgeHello>(body, out var hello, out var problem), problem);
        var nonce = BridgeProofs.NewNonce();
        _challenged[Convert.ToHexString(bridge)] = (hello!, nonce);
        if (_secretHashOf(hello!.KeyId) is { } secretHash)
        {
            var proof = BridgeProofs.OfBroker(secretHash, hello.Nonce, nonce);
            Answer(bridge, new BridgeChallenge(nonce, proof));
        }
        else
        {
            Answer(bridge, new Refused(ErrorCodes.Unauthenticated, "No such key."));
        }
    }

    private void Judge(byte[] bridge, byte[] body)
    {
        Assert.That(ProtocolJson.TryRead<BridgeProof>(body, out var proof, out var problem), problem);
        var (hello, nonce) = _challenged[Convert.ToHexString(bridge)];
        var expected = BridgeProofs.OfBridge(_secretHashOf(hello.KeyId)!, hello.Nonce, nonce);
        if (BridgeProofs.AreEqual(expected, proof!.Proof))
        {
            (_bridge, _sequence) = (bridge, 1);
            Answer(bridge, new BridgeWelcome(Guid.NewGuid().ToString("N"), ChecksCertificates));
        }
        else
        {
            Answer(bridge, new Refused(ErrorCodes.Unauthenticated, "The proof is wrong."));
        }
    }

    private void SayUncounted(IMessage message)
    {
        if (_bridge.Length > 0 && !IsMute)
        {
            Send(new FrameHeader(message.Kind), ProtocolJson.Write(message));
        }
    }

    private void Send(FrameHeader header, byte[] body)
    {
        if (!TrySend(_bridge, header, body))
        {
            _bridge = []; // The Bridge went away; a beat may meet that.
        }
    }

    private void Answer(byte[] bridge, IMessage message) =>
        TrySend(bridge, new FrameHeader(message.Kind), ProtocolJson.Write(message));

    private bool TrySend(byte[] bridge, FrameHeader header, byte[] body)
    {
        try
        {
            _router.SendMultipartBytes(bridge, [], header.ToFrame(), body);
            return true;
        }
        catch (HostUnreachableException)
        {
            return false;
        }
    }
}
