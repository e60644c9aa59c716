using System.Net;
using System.Threading.Channels;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>The ROUTER of a Broker, whose words come from the test.</summary>
internal sealed class FakeRouter : IZmtpObserver, IAsyncDisposable
{
    public static readonly ZmtpSecurity Plaintext = new ZmtpSecurity.Plaintext();

    private readonly Channel<Heard> _heard = Channel.CreateUnbounded<Heard>();
    private readonly ZmtpListener _listener;
    private readonly IPEndPoint _address;
    private int _refusals;

    private FakeRouter(ZmtpSecurity security, int port)
    {
        _listener = new ZmtpListener(
            security,
            new ZmtpOptions("ROUTER", ["DEALER"], new ZmtpLimits(), TimeProvider.System),
            new ListenerLimits(),
            new ByteBudget(64 * 1024 * 1024),
            _ => true,
            (connection, _, cancellationToken) => ServeAsync(connection, cancellationToken),
            this
        );
        _address = _listener.Start(new IPEndPoint(IPAddress.Loopback, port));
    }

    public string Address => $"tcp://{_address}";

    public int Port => _address.Port;

    /// <summary>What the router reads waits for this.</summary>
    public Task MayRead { get; set; } = Task.CompletedTask;

    /// <summary>How many handshakes have failed.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    /// <summary>How many messages wait to be looked at.</summary>
    public int HeardCount => _heard.Reader.Count;

    public static FakeRouter Start(ZmtpSecurity security, int port = 0) => new(security, port);

    /// <summary>Waits for the next message of a kind; other messages before it are ignored.</summary>
    public async Task<(ZmtpConnection Peer, T Message)> NextAsync<T>()
        where T : class, IMessage<T>
    {
        while (true)
        {
            var heard = await _heard.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
            Assert.That(heard.Message.Frames, Has.Length.EqualTo(3));
            Assert.That(FrameHeader.TryParse(heard.Message.Frames[1].Span, out var header), Is.True);
            if (header.Kind == T.MessageKind)
            {
                Assert.That(
                    ProtocolJson.TryRead<T>(heard.Message.Frames[2].Span, out var body, out var problem),
                    Is.True,
                    problem
                );
                return (heard.Peer, body!);
            }
        }
    }

    /// <summary>Waits for a Hello, and answers it with Welcome.</summary>
    public async Task<(ZmtpConnection Peer, Hello Hello)> WelcomeAsync()
    {
        var (peer, hello) = await NextAsync<Hello>();
        Say(peer, Messages.AWelcome());
        return (peer, hello);
    }

    public static void Say(ZmtpConnection peer, IBrokerMessage message) =>
        Assert.That(
            peer.TrySend(
                new ZmtpMessage([
                    ReadOnlyMemory<byte>.Empty,
                    new FrameHeader(message.Kind).ToFrame(),
                    ProtocolJson.Write(message),
                ])
            ),
            Is.True
        );

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    void IZmtpObserver.Refused(IPEndPoint? remote, ZmtpException reason) => Interlocked.Increment(ref _refusals);

    void IZmtpObserver.Ended(IPEndPoint remote, ZmtpException reason) { }

    void IZmtpObserver.Failed(IPEndPoint remote, Exception reason) { }

    void IZmtpObserver.AcceptFailed(Exception reason) { }

    private async Task ServeAsync(ZmtpConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            await MayRead.WaitAsync(cancellationToken);
            _heard.Writer.TryWrite(new Heard(connection, await connection.ReceiveAsync(cancellationToken)));
        }
    }

    private sealed record Heard(ZmtpConnection Peer, ZmtpMessage Message);
}
