using System.Net;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>Talks to NetMQ, as another implementation of the protocol, in both roles.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NetMqTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly CurveKeyPair _ours = CurveKeyPair.Generate();

    [TestCase(false)]
    [TestCase(true)]
    public async Task NetMQ_dials_and_talks(bool withCurve)
    {
        await using var listener = new ZmtpListener(
            withCurve ? Sides.ServerOf(_ours) : Sides.Plaintext,
            Sides.Router,
            new ListenerLimits(),
            Sides.Budget(),
            _ => true,
            (connection, _, cancellationToken) => EchoAsync(connection, cancellationToken),
            new Observer()
        );
        var address = listener.Start(new IPEndPoint(IPAddress.Loopback, 0));
        using var dealer = new DealerSocket();
        dealer.Options.HeartbeatInterval = TimeSpan.FromMilliseconds(50);
        if (withCurve)
        {
            dealer.Options.CurveServerKey = _ours.Public.Bytes.ToArray();
            dealer.Options.CurveCertificate = new NetMQCertificate();
        }

        dealer.Connect($"tcp://{address}");
        AssertEchoes(dealer);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task NetMQ_is_dialled_and_talks(bool withCurve)
    {
        using var router = new DealerSocket();
        var certificate = new NetMQCertificate();
        if (withCurve)
        {
            router.Options.CurveServer = true;
            router.Options.CurveCertificate = certificate;
        }

        var port = router.BindRandomPort("tcp://127.0.0.1");
        await using var dialler = new ZmtpDialler(
            new ZmtpEndpoint("127.0.0.1", port),
            [
                withCurve
                    ? new ZmtpSecurity.CurveClient(_ours, new CurvePublicKey(certificate.PublicKey))
                    : Sides.Plaintext,
            ],
            Sides.Dealer,
            new DialTimings(),
            Sides.Budget(),
            EchoAsync,
            new Observer(),
            () => 0
        );
        dialler.Start();
        AssertEchoes(router);
    }

    private static async Task EchoAsync(ZmtpConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            connection.TrySend(await connection.ReceiveAsync(cancellationToken));
        }
    }

    private static void AssertEchoes(NetMQSocket socket)
    {
        foreach (var size in new[] { 0, 1, 222, 223, 254, 255, 256, 70_000 })
        {
            var payload = new byte[size];
            new Random(size).NextBytes(payload);
            var sent = new NetMQMessage([
                [],
                [1, 2],
                payload,
            ]);
            Assert.That(socket.TrySendMultipartMessage(Limit, sent), Is.True, $"{size} bytes were not taken.");
            var received = new NetMQMessage();
            Assert.That(
                socket.TryReceiveMultipartMessage(Limit, ref received),
                Is.True,
                $"{size} bytes did not return."
            );
            Assert.That(
                received!.Select(frame => frame.ToByteArray()),
                Is.EqualTo(new byte[][] { [], [1, 2], payload })
            );
        }
    }
}
