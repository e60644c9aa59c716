using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DiallerTests
{
    private static readonly DialTimings Quick = new()
    {
        WaitMin = TimeSpan.FromMilliseconds(1),
        WaitMax = TimeSpan.FromMilliseconds(20),
    };

    private readonly Observer _observer = new();
    private readonly Channel<ZmtpConnection> _connected = Channel.CreateUnbounded<ZmtpConnection>();
    private readonly CurveKeyPair _key = CurveKeyPair.Generate();

    [Test]
    public async Task It_dials_until_somebody_listens_and_again_when_the_connection_ends()
    {
        using var listener = Listen();
        await using var dialler = Dial(listener, Sides.Plaintext);
        for (var i = 0; i < 3; i++)
        {
            await using var served = await (await listener.AcceptAsync()).ServeAsync(Sides.Plaintext);
            Assert.That((await _connected.Reader.ReadAsync()).Remote, Is.EqualTo(listener.LocalEndPoint));
            Assert.That(dialler.LastFailure, Is.Null);
        }
    }

    [Test]
    public async Task An_address_where_nobody_listens_is_told()
    {
        var listener = Listen();
        await using var dialler = Dial(listener, Sides.Plaintext, beforeStart: listener.Dispose);
        var refusal = await _observer.NextRefusalAsync();
        Assert.That(refusal.Failure, Is.EqualTo(ZmtpFailure.ConnectionRefused));
        Assert.That(refusal.Message, Does.Contain(dialler.Endpoint.ToString()));
        Assert.That(dialler.LastFailure!.Failure, Is.EqualTo(ZmtpFailure.ConnectionRefused));
    }

    [Test]
    public async Task A_name_that_does_not_exist_is_told()
    {
        await using var dialler = Dial(new ZmtpEndpoint("no-such-host.invalid", 4242), Sides.Plaintext);
        Assert.That((await _observer.NextRefusalAsync()).Failure, Is.EqualTo(ZmtpFailure.UnknownHost));
    }

    [Test]
    public async Task With_two_keys_of_a_server_the_one_that_fits_is_found()
    {
        using var listener = Listen();
        var (old, now) = (CurveKeyPair.Generate(), CurveKeyPair.Generate());
        await using var dialler = Dial(
            listener,
            new ZmtpSecurity.CurveClient(_key, now.Public),
            new ZmtpSecurity.CurveClient(_key, old.Public)
        );
        var first = await Sides.FailureOf(async () =>
            await (await listener.AcceptAsync()).ServeAsync(Sides.ServerOf(old))
        );
        Assert.That(first, Is.EqualTo(ZmtpFailure.WrongServerKey));
        Assert.That((await _observer.NextRefusalAsync()).Failure, Is.EqualTo(ZmtpFailure.WrongServerKey));
        await using var second = await (await listener.AcceptAsync()).ServeAsync(Sides.ServerOf(old));
        Assert.That((await _connected.Reader.ReadAsync()).PeerKey, Is.EqualTo(old.Public));
    }

    [TestCase(1, 0.0, 0.1)]
    [TestCase(2, 0.0, 0.2)]
    [TestCase(3, 0.5, 0.3)]
    [TestCase(100, 0.0, 2.0)]
    [TestCase(100, 0.999999, 1.0)]
    public void Waits_double_up_to_a_bound_and_differ(int failures, double jitter, double seconds) =>
        Assert.That(new DialTimings().WaitAfter(failures, jitter).TotalSeconds, Is.EqualTo(seconds).Within(0.001));

    [TestCase("tcp://127.0.0.1:4242", "127.0.0.1", 4242)]
    [TestCase("tcp://broker.example:1", "broker.example", 1)]
    [TestCase("tcp://[::1]:4242", "::1", 4242)]
    [TestCase("tcp://*:0", "*", 0)]
    public void An_endpoint_is_read_and_written(string text, string host, int port)
    {
        Assert.That(ZmtpEndpoint.TryParse(text, out var endpoint), Is.True);
        Assert.That(endpoint, Is.EqualTo(new ZmtpEndpoint(host, port)));
        Assert.That(endpoint!.ToString(), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("tcp://")]
    [TestCase("tcp://:1")]
    [TestCase("tcp://host")]
    [TestCase("tcp://host:65536")]
    [TestCase("tcp://host:-1")]
    [TestCase("tcp://::1:4242")]
    [TestCase("tcp://ho st:1")]
    [TestCase("udp://host:1")]
    [TestCase("tcp://host:1/path")]
    public void What_is_no_endpoint_is_refused(string text) =>
        Assert.That(ZmtpEndpoint.TryParse(text, out _), Is.False);

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(16);
        return listener;
    }

    private ZmtpDialler Dial(Socket listener, params ZmtpSecurity[] securities) =>
        Dial(EndpointOf(listener), securities);

    private ZmtpDialler Dial(Socket listener, ZmtpSecurity security, Action beforeStart)
    {
        var endpoint = EndpointOf(listener);
        beforeStart();
        return Dial(endpoint, security);
    }

    private ZmtpDialler Dial(ZmtpEndpoint endpoint, params ZmtpSecurity[] securities)
    {
        var dialler = new ZmtpDialler(
            endpoint,
            securities,
            Sides.Dealer,
            Quick,
            Sides.Budget(),
            async (connection, cancellationToken) =>
            {
                _connected.Writer.TryWrite(connection);
                await connection.ReceiveAsync(cancellationToken);
            },
            _observer,
            () => 0
        );
        dialler.Start();
        return dialler;
    }

    private static ZmtpEndpoint EndpointOf(Socket listener) =>
        new("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port);
}
